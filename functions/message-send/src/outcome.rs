//! What Meta's answer, or its absence, means for the message.
use domain::message::{Fault, Message};
use domain::sending::Refusal;
use store::Outcome;
use whatsapp::errors::{Class, GraphError, Reaction};
use whatsapp::send::Reply;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Settled(Outcome),
    /// Settled, and Meta holds that the window is closed (P24).
    WindowClosed(Outcome),
    /// Meta certainly did not take it.
    Later {
        reason: String,
        new_token: bool,
    },
}

/// Our own refusal, found before the call.
pub(crate) fn refused(refusal: &Refusal) -> Outcome {
    Outcome::Refused { fault: Fault { code: 0, title: refusal.code().to_owned(), details: Some(refusal.explain()) } }
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
    let reaction = reply.reaction();
    match (reply, reaction) {
        (Reply::Accepted(accepted), _) => Answer::Settled(Outcome::Accepted { wamid: accepted.wamid }),
        (_, Some(Reaction::InDoubt)) => Answer::Settled(Outcome::InDoubt),
        (Reply::Unreadable { status }, Some(Reaction::RetryLater)) => later(format!("HTTP {status}"), None, is_last),
        (Reply::Unreadable { status }, _) => {
            let title = format!("Meta answered HTTP {status} without saying why");
            Answer::Settled(Outcome::Refused { fault: Fault { code: 0, title, details: None } })
        }
        (Reply::Refused(error), Some(Reaction::CloseWindow)) => Answer::WindowClosed(refusal(&error)),
        (Reply::Refused(error), Some(Reaction::RetryLater)) => later(text(&error), Some(&error), is_last),
        // A token that was rotated meanwhile is read again; the request was refused before anything was done.
        (Reply::Refused(error), _) if error.class() == Some(Class::Credentials) => {
            later(text(&error), Some(&error), is_last)
        }
        (Reply::Refused(error), _) => Answer::Settled(refusal(&error)),
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
    let new_token = error.is_some_and(|error| error.class() == Some(Class::Credentials));
    Answer::Later { reason, new_token }
}

fn refusal(error: &GraphError) -> Outcome {
    Outcome::Refused { fault: error.into() }
}

fn text(error: &GraphError) -> String {
    format!("{} {}", error.code.unwrap_or_default(), error.title.as_deref().unwrap_or_default())
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
            ("token", graph_error(190), false, "new token"),
            ("token, last try", graph_error(190), true, "refused"),
            ("not found", Ok(read_reply(404, b"")), false, "refused"),
        ] {
            let outcome = match of(answer, is_last) {
                Answer::Settled(Outcome::Accepted { .. }) => "accepted",
                Answer::Settled(Outcome::InDoubt) => "in doubt",
                Answer::Settled(Outcome::Refused { .. }) => "refused",
                Answer::WindowClosed(_) => "window closed",
                Answer::Later { new_token: true, .. } => "new token",
                Answer::Later { .. } => "later",
            };
            assert_eq!(outcome, expected, "{name}");
        }
    }
}
