//! What each kind of webhook means in our state; and every real sample of the folder that `WHATSAPP_CORPUS` names.
mod fixtures;
mod kept;
mod messages;
mod samples;
mod statuses;
