//! What is written back, once, to who stopped our messages or takes them again.
use super::keywords::{Effect, Keyword, language_of};
use super::settings::ConfirmationSettings;

/// The name under which a text stands for all languages.
const ANY: &str = "*";

/// The text, in the language of the keyword; `None` where the business wants none.
pub fn confirmation(keyword: Keyword, settings: &ConfirmationSettings) -> Option<String> {
    if !settings.is_on {
        return None;
    }
    let language = language_of(keyword.language);
    let (own, usual) = match keyword.effect {
        Effect::Start => (&settings.start, language.started),
        Effect::Stop | Effect::StopAll | Effect::StopMarketing | Effect::StopUpdates => {
            (&settings.stop, language.stopped)
        }
    };
    let own = own.get(keyword.language).or_else(|| own.get(ANY));
    Some(own.cloned().unwrap_or_else(|| usual.to_owned()))
}
