//! Templates that are made, changed and deleted from here: by HTTP, through the queue and the real template-sync, to Meta's
//! side and back.
mod changing;
mod crashes;
mod creating;
mod desk;
mod offers;
mod refused;
mod samples;
