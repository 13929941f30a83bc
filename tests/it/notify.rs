//! Notifications: who is told of what, how often, and when again.
mod chat;
mod counting;
mod mail;
mod quiet;
mod reminders;
mod rules;
