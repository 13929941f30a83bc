//! Who a person is: by phone, wa_id or BSUID, by any form of a number, before and after a change of it (P30 to P33).
mod changes;
mod forms;
pub mod people;
mod strangers;
