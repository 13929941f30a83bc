//! Every error code of Meta's, in an answer and by webhook, through the real path (P24 to P28).

mod codes;
