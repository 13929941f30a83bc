//! Webhooks of the business: what other systems are told, how it is signed, and what becomes of what they do not take.
mod crashes;
mod delivering;
mod desk;
mod failing;
mod log;
mod refused;
mod replaying;
