//! What Meta's answer, or its absence, means for the message.
use domain::effect::Effect;
use domain::health::BlockReason;
use domain::message::{Fault, Message};
use domain::sending::Refusal;
use store::Outcome;
use whatsapp::errors::{GraphError, Reaction};
use whatsapp::send::Reply;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Settled(Outcome),
    /// Settled, and something else changes with it.
    Refused {
        outcome: Outcome,
        effect: Option<Effect>,
        detail: String,
    },
    /// Settled, and Meta holds that the window is closed (P24).
    WindowClosed(Outcome),
    /// Meta certainly did not take it.
    Later {
        reason: String,
    },
    /// Meta certainly did not take it, and takes nothing of this channel until that is put right.
    Stopped {
        reason: BlockReason,
        detail: String,
    },
}

/// Our own refusal, found before the call.
pub(crate) fn refused(refusal: &Refusal) -> Outcome {
    Outcome::Refused { fault: refusal.into() }
}

/// `is_last`: the task does not come again, so what would be put off is refused.
pub(crate) fn of(answer: Result<Reply, net::SendError>, is_last: bool) -> Answer {
    let reply = match answer {
        Ok(reply) => reply,
        Err(net::SendError::Unanswered { .. }) => return Answer::Settled(Outcome::InDoubt),
        Err(error @ net::SendError::NotSent { .. }) => {
            return later(runtime::chain(&error), None, is_last);
        }
    };
    let error = match reply {
        Reply::Accepted(accepted) => return Answer::Settled(Outcome::Accepted { wamid: accepted.wamid }),
        Reply::Unreadable { status } => return unreadable(&reply, status, is_last),
        Reply::Refused(error) => error,
    };
    match error.reaction() {
        Reaction::InDoubt => Answer::Settled(Outcome::InDoubt),
        Reaction::RetryLater | Reaction::RetryPair => later(error.summary(), Some(&error), is_last),
        Reaction::CloseWindow => Answer::WindowClosed(refusal(&error)),
        Reaction::StopChannel | Reaction::NewToken => {
            Answer::Stopped { reason: error.block(), detail: error.summary() }
        }
        Reaction::Refuse
        | Reaction::SuppressMarketing
        | Reaction::Unreachable
        | Reaction::Cooldown
        | Reaction::Brake
        | Reaction::TemplateStale
        | Reaction::OtherEdge => {
            Answer::Refused { outcome: refusal(&error), effect: error.effect(), detail: error.summary() }
        }
    }
}

/// Not the words of the API: only the status tells something.
fn unreadable(reply: &Reply, status: u16, is_last: bool) -> Answer {
    match reply.reaction() {
        Some(Reaction::InDoubt) => Answer::Settled(Outcome::InDoubt),
        Some(Reaction::RetryLater) => later(format!("HTTP {status}"), None, is_last),
        _ => {
            let title = format!("Meta answered HTTP {status} without saying why");
            Answer::Settled(Outcome::Refused { fault: Fault { code: 0, title, details: None } })
        }
    }
}

/// Whether Meta refused the message because it no longer knows its file, which can be brought there again once.
pub(crate) fn is_about_file(message: &Message, answer: &Result<Reply, net::SendError>) -> bool {
    let may_renew = message.media.meta_id.is_some() && !message.media.is_renewed;
    may_renew && matches!(answer, Ok(Reply::Refused(error)) if whatsapp::client::is_about_file(error))
}

fn later(reason: String, error: Option<&GraphError>, is_last: bool) -> Answer {
    if is_last {
        let fault = error.map_or_else(|| Fault { code: 0, title: reason, details: None }, Fault::from);
        return Answer::Settled(Outcome::Refused { fault });
    }
    Answer::Later { reason }
}

fn refusal(error: &GraphError) -> Outcome {
    Outcome::Refused { fault: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whatsapp::send::read_reply;

    fn graph_error(code: i64) -> Result<Reply, net::SendError> {
        let body = serde_json::json!({"error": {"message": "no", "code": code}}).to_string();
        Ok(read_reply(400, body.as_bytes()))
    }

    fn lost(sent: bool) -> Result<Reply, net::SendError> {
        let (host, source) = ("graph".to_owned(), "gone".into());
        Err(if sent { net::SendError::Unanswered { host, source } } else { net::SendError::NotSent { host, source } })
    }

    #[test]
    fn only_what_meta_did_not_take_is_tried_again() {
        let accepted = br#"{"messages":[{"id":"wamid.A"}]}"#;
        for (name, answer, is_last, expected) in [
            ("accepted", Ok(read_reply(200, accepted)), false, "accepted"),
            ("timeout", lost(true), false, "in doubt"),
            ("no connection", lost(false), false, "later"),
            ("no connection, last try", lost(false), true, "refused"),
            ("bad gateway", Ok(read_reply(502, b"<html>")), false, "in doubt"),
            ("rate", graph_error(130_429), false, "later"),
            ("rate, last try", graph_error(130_429), true, "refused"),
            ("pair rate", graph_error(131_056), false, "later"),
            ("unknown error of Meta's", graph_error(131_000), false, "in doubt"),
            ("parameter", graph_error(131_009), false, "refused"),
            ("window", graph_error(131_047), false, "window closed"),
            ("token", graph_error(190), false, "stopped: token"),
            ("token, last try", graph_error(190), true, "stopped: token"),
            ("account locked", graph_error(131_031), true, "stopped: policy"),
            ("payment", graph_error(131_042), false, "stopped: payment"),
            ("spam", graph_error(131_048), false, "refused, Brake"),
            ("opted out", graph_error(131_050), false, "refused, StopMarketing"),
            ("paused", graph_error(132_015), false, "refused, StaleTemplates"),
            ("not found", Ok(read_reply(404, b"")), false, "refused"),
        ] {
            let outcome = match of(answer, is_last) {
                Answer::Settled(Outcome::Accepted { .. }) => "accepted".to_owned(),
                Answer::Settled(Outcome::InDoubt) => "in doubt".to_owned(),
                Answer::Settled(Outcome::Refused { .. }) | Answer::Refused { effect: None, .. } => "refused".to_owned(),
                Answer::Refused { effect: Some(effect), .. } => format!("refused, {effect:?}"),
                Answer::WindowClosed(_) => "window closed".to_owned(),
                Answer::Later { .. } => "later".to_owned(),
                Answer::Stopped { reason, .. } => format!("stopped: {reason}"),
            };
            assert_eq!(outcome, expected, "{name}");
        }
    }
}
