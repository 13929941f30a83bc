//! What a test or a developer can make happen at Stripe, beside what its API does.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::afterwards::Phase;
use super::desk::Desk;
use super::{cards, objects};
use crate::control::orders::ControlError;
use crate::state::stripe::Refund;

/// Something that happens at Stripe, and is told by events.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum StripeAct {
    /// A buyer pays at the page of a session, with a test card by its name or number. A decline is an answer, not an error.
    Pay {
        session: String,
        card: String,
    },
    /// A session runs out now.
    Expire {
        session: String,
    },
    /// A payment that takes days comes, or does not.
    Settle {
        payment: String,
        succeeds: bool,
    },
    /// By hand, at the dashboard; of all that is left unless an amount is given.
    Refund {
        payment: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
    },
    /// A refund comes about, or does not after all.
    SettleRefund {
        refund: String,
        succeeds: bool,
    },
    /// The buyer's bank asks for the money and takes it; it takes none for an inquiry.
    Dispute {
        payment: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<i64>,
        #[serde(default)]
        is_inquiry: bool,
    },
    /// An inquiry turns into a dispute.
    Withdraw {
        dispute: String,
    },
    /// The bank gives the money back before the dispute is closed.
    Reinstate {
        dispute: String,
    },
    /// A dispute ends; with the money back where it was won.
    Close {
        dispute: String,
        won: bool,
    },
    /// The next charges of a saved card end as those of these test cards would.
    Script {
        method: String,
        cards: Vec<String>,
    },
    /// A card is taken off its customer.
    Detach {
        method: String,
    },
    /// The bank issues a card anew.
    Renew {
        method: String,
    },
    DeleteCustomer {
        customer: String,
    },
    /// An event is told again, as often as is wanted at once.
    Resend {
        event: String,
        #[serde(default = "once")]
        copies: u32,
    },
}

fn once() -> u32 {
    1
}

impl Desk<'_> {
    /// What came of it, as the API would show it.
    pub(crate) fn play(&mut self, act: StripeAct) -> Result<Value, ControlError> {
        let done =
            |is_done: bool, what, id: &str| is_done.then_some(json!({})).ok_or_else(|| ControlError::unknown(what, id));
        match act {
            StripeAct::Pay { session, card } => match self.pay(&session, &card) {
                Ok(()) => self.session(&session).ok_or_else(|| ControlError::unknown("session", &session)),
                Err(declined) if declined.status == 402 => Ok(declined.body()),
                Err(error) => Err(ControlError::invalid(&error.param.unwrap_or_default(), error.message)),
            },
            StripeAct::Expire { session } => done(self.expire(&session), "open session", &session),
            StripeAct::Settle { payment, succeeds } => {
                done(self.settle(&payment, succeeds), "payment on its way", &payment)
            }
            StripeAct::Refund { payment, amount } => {
                let order = Refund::default();
                let refunded = self.refund(&payment, amount, &order);
                let id = refunded.map_err(|message| ControlError::invalid("amount", message))?;
                Ok(self.state.stripe.refunds.get(&id).map(objects::refund).unwrap_or_default())
            }
            StripeAct::SettleRefund { refund, succeeds } => {
                done(self.settle_refund(&refund, succeeds), "refund", &refund)
            }
            StripeAct::Dispute { payment, amount, is_inquiry } => {
                let id = self.dispute(&payment, amount, "fraudulent", is_inquiry);
                let id = id.ok_or_else(|| ControlError::unknown("successful payment", &payment))?;
                Ok(self.state.stripe.disputes.get(&id).map(objects::dispute).unwrap_or_default())
            }
            StripeAct::Withdraw { dispute } => done(self.go_on(&dispute, Phase::Withdrawn), "dispute", &dispute),
            StripeAct::Reinstate { dispute } => done(self.go_on(&dispute, Phase::Reinstated), "dispute", &dispute),
            StripeAct::Close { dispute, won } => {
                let phase = if won { Phase::Won } else { Phase::Lost };
                done(self.go_on(&dispute, phase), "dispute", &dispute)
            }
            StripeAct::Script { method, cards } => {
                if let Some(unknown) = cards.iter().find(|card| cards::find(card).is_none()) {
                    return Err(ControlError::unknown("test card", unknown));
                }
                let found = self.state.stripe.methods.get_mut(&method);
                found.ok_or_else(|| ControlError::unknown("card", &method))?.script.extend(cards);
                Ok(json!({}))
            }
            StripeAct::Detach { method } => done(self.detach(&method), "saved card", &method),
            StripeAct::Renew { method } => done(self.renew(&method), "saved card", &method),
            StripeAct::DeleteCustomer { customer } => done(self.delete_customer(&customer), "customer", &customer),
            StripeAct::Resend { event, copies } => {
                let found = self.state.stripe.events.iter().find(|one| one.id == event);
                let body = found.ok_or_else(|| ControlError::unknown("event", &event))?.body.clone();
                self.deliver(&body, copies, 0);
                Ok(json!({}))
            }
        }
    }

    /// Everything that Stripe has of this account.
    pub(crate) fn books(&self) -> Value {
        let stripe = &self.state.stripe;
        json!({
            "sessions": stripe.sessions.keys().filter_map(|id| self.session(id)).collect::<Vec<_>>(),
            "payments": stripe.intents.values().map(objects::intent).collect::<Vec<_>>(),
            "customers": stripe.customers.values().map(objects::customer).collect::<Vec<_>>(),
            "methods": stripe.methods.values().map(objects::method).collect::<Vec<_>>(),
            "refunds": stripe.refunds.values().map(objects::refund).collect::<Vec<_>>(),
            "disputes": stripe.disputes.values().map(objects::dispute).collect::<Vec<_>>(),
            "events": stripe.events,
        })
    }
}
