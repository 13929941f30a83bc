//! Messages to chat rooms by the incoming webhooks that users gave: Slack's and Teams' own forms of them.
//!
//! What a customer calls themselves stands there as text: it can neither call people together nor show a link.
use std::time::Duration;

use bytes::Bytes;
use domain::notification::Way;
use http::Request;
use http::header::CONTENT_TYPE;
use net::{Bounds, OutsideError};
use serde_json::{Value, json};

use crate::Notify;
use crate::words::Words;

/// Slack and Teams answer with a word.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 1024 };

#[derive(Debug, thiserror::Error)]
pub(crate) enum ChatError {
    #[error("the address cannot be called")]
    Request(#[source] http::Error),
    #[error("the chat was not reached")]
    Outside(#[from] OutsideError),
    #[error("the chat answered {0}")]
    Refused(u16),
}

impl ChatError {
    /// Whether it is certain that nothing was said.
    pub(crate) fn is_untold(&self) -> bool {
        match self {
            ChatError::Outside(error) => !matches!(error, OutsideError::Unanswered { .. } | OutsideError::Slow { .. }),
            ChatError::Request(_) | ChatError::Refused(_) => true,
        }
    }

    /// What trying again does not make better.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            ChatError::Request(_) => true,
            ChatError::Outside(error) => error.is_refusal() || matches!(error, OutsideError::Redirect),
            ChatError::Refused(status) => *status < 500 && *status != 429,
        }
    }
}

/// Slack reads its own signs in a text.
fn slack(words: &Words) -> Value {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({"text": format!("{}\n{}", plain(&words.subject), plain(&words.text))})
}

/// Runs of text, which unlike blocks of text have no signs.
fn teams(words: &Words) -> Value {
    let block = |text: &str| json!({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]});
    let card = json!({
        "type": "AdaptiveCard", "version": "1.4", "body": [block(&words.subject), block(&words.text)],
    });
    json!({
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    })
}

impl Notify {
    pub(crate) async fn say(&self, way: Way, address: &str, words: &Words) -> Result<(), ChatError> {
        let body = if way == Way::Slack { slack(words) } else { teams(words) };
        let request = Request::post(address).header(CONTENT_TYPE, "application/json");
        let request = request.body(Bytes::from(body.to_string())).map_err(ChatError::Request)?;
        let status = self.outside.send(request, BOUNDS).await?.status();
        if status.is_success() { Ok(()) } else { Err(ChatError::Refused(status.as_u16())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_and_calls_nobody() {
        let words = Words { subject: "1 message from <!channel> & [x](y)".to_owned(), text: "At noon.".to_owned() };
        assert_eq!(slack(&words), json!({"text": "1 message from &lt;!channel&gt; &amp; [x](y)\nAt noon."}));
        let teams = teams(&words);
        let run = &teams["attachments"][0]["content"]["body"][0];
        assert_eq!((&run["type"], &run["inlines"][0]["text"]), (&json!("RichTextBlock"), &json!(words.subject)));
    }

    #[test]
    fn what_may_help_is_tried_again() {
        for (status, is_final) in [(400, true), (404, true), (410, true), (429, false), (500, false), (503, false)] {
            assert_eq!(ChatError::Refused(status).is_final(), is_final, "{status}");
        }
        let slow = ChatError::Outside(OutsideError::Slow { host: "h".to_owned(), seconds: 5 });
        assert!(!slow.is_untold() && !slow.is_final());
    }
}
