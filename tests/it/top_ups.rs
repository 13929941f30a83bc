//! Credit that is bought: once for each payment whatever Stripe tells, in whatever order, and whatever crashes (P53).
mod buying;
mod crashes;
mod events;
mod recharge;
mod refused;
mod reversals;
mod scenes;
mod setbacks;
