//! A filter as words and their values, as it stands in an address and in a saved view. Each filter has one spelling.
use super::{Filter, Span, Who, Whose, WindowFilter, Within};
use crate::channel::Assignee;
use crate::conversation::{ConversationStatus, is_label};
use crate::ids::{ChannelId, UserId};

const ME: &str = "me";
const NONE: &str = "none";

/// A word that is none, or a value that it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddWord(pub String);

impl Who {
    pub fn parse(text: &str) -> Option<Who> {
        if text == ME { Some(Who::Me) } else { UserId::parse(text).map(Who::User) }
    }

    fn text(&self) -> String {
        match self {
            Who::Me => ME.to_owned(),
            Who::User(user) => user.to_string(),
        }
    }
}

impl Whose {
    pub fn parse(text: &str) -> Option<Whose> {
        match text {
            ME => Some(Whose::Me),
            NONE => Some(Whose::Nobody),
            _ => Assignee::parse(text).map(Whose::Of),
        }
    }

    fn text(&self) -> String {
        match self {
            Whose::Me => ME.to_owned(),
            Whose::Nobody => NONE.to_owned(),
            Whose::Of(assignee) => assignee.as_str().to_owned(),
        }
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

impl Filter {
    pub const WORDS: [&'static str; 13] = [
        "channel_id",
        "status",
        "assignee",
        "owner",
        "replied_by",
        "unreplied",
        "unreplied_for",
        "replied_within",
        "last_message_within",
        "label",
        "unread",
        "window",
        "snoozed",
    ];

    /// Sets what `word` stands for; `None`: it does not take that value, or is none.
    fn set(&mut self, word: &str, value: &str) -> Option<()> {
        match word {
            "channel_id" => self.channel = Some(ChannelId::parse(value)?),
            "status" => self.status = Some(ConversationStatus::parse(value)?),
            "assignee" => self.assignee = Some(Whose::parse(value)?),
            "owner" => self.owner = Some(Who::parse(value)?),
            "replied_by" => self.replied_by = Some(Who::parse(value)?),
            "unreplied" => self.unreplied = Some(yes_or_no(value)?),
            "unreplied_for" => self.unreplied_for = Some(Span::parse(value)?),
            "replied_within" => self.replied_within = Some(Within::parse(value)?),
            "last_message_within" => self.last_message_within = Some(Within::parse(value)?),
            "label" => self.label = Some(is_label(value).then(|| value.to_owned())?),
            "unread" => self.unread = Some(yes_or_no(value)?),
            "window" => self.window = Some(WindowFilter::parse(value)?),
            "snoozed" => self.snoozed = Some(yes_or_no(value)?),
            _ => return None,
        }
        Some(())
    }

    pub fn of_words<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Filter, OddWord> {
        let mut filter = Filter::default();
        for (word, value) in words {
            filter.set(word, value).ok_or_else(|| OddWord(word.to_owned()))?;
        }
        Ok(filter)
    }

    /// What is set, by its word.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let told = [
            self.channel.as_ref().map(ToString::to_string),
            self.status.as_ref().map(ToString::to_string),
            self.assignee.as_ref().map(Whose::text),
            self.owner.as_ref().map(Who::text),
            self.replied_by.as_ref().map(Who::text),
            self.unreplied.as_ref().map(ToString::to_string),
            self.unreplied_for.as_ref().map(ToString::to_string),
            self.replied_within.as_ref().map(ToString::to_string),
            self.last_message_within.as_ref().map(ToString::to_string),
            self.label.clone(),
            self.unread.as_ref().map(ToString::to_string),
            self.window.as_ref().map(ToString::to_string),
            self.snoozed.as_ref().map(ToString::to_string),
        ];
        Filter::WORDS.into_iter().zip(told).filter_map(|(word, value)| Some((word, value?))).collect()
    }

    /// This filter, and where it says nothing what `other` says.
    #[must_use]
    pub fn over(self, other: Filter) -> Filter {
        Filter {
            channel: self.channel.or(other.channel),
            status: self.status.or(other.status),
            assignee: self.assignee.or(other.assignee),
            owner: self.owner.or(other.owner),
            replied_by: self.replied_by.or(other.replied_by),
            unreplied: self.unreplied.or(other.unreplied),
            unreplied_for: self.unreplied_for.or(other.unreplied_for),
            replied_within: self.replied_within.or(other.replied_within),
            last_message_within: self.last_message_within.or(other.last_message_within),
            label: self.label.or(other.label),
            unread: self.unread.or(other.unread),
            window: self.window.or(other.window),
            snoozed: self.snoozed.or(other.snoozed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::GroupId;

    #[test]
    fn a_filter_is_read_back_from_its_words() {
        let user = UserId::derive(&["uma"]);
        let channel = ChannelId::of_number("1");
        let group = GroupId::derive(&["sales"]);
        for (word, values) in [
            ("channel_id", vec![channel.as_str()]),
            ("status", vec!["open", "closed"]),
            ("assignee", vec!["me", "none", user.as_str(), group.as_str(), "agent"]),
            ("owner", vec!["me", user.as_str()]),
            ("replied_by", vec!["me", user.as_str()]),
            ("unreplied", vec!["true", "false"]),
            ("unreplied_for", vec!["2d", "3w", "1m", "5h"]),
            ("replied_within", vec!["today", "2d"]),
            ("last_message_within", vec!["today", "1w"]),
            ("label", vec!["vip", "needs a call"]),
            ("unread", vec!["true", "false"]),
            ("window", vec!["open", "closing", "closed"]),
            ("snoozed", vec!["true", "false"]),
        ] {
            assert!(Filter::WORDS.contains(&word), "{word}");
            for value in values {
                let filter = Filter::of_words([(word, value)]).unwrap();
                assert_eq!(filter.words(), [(word, value.to_owned())]);
                assert_ne!(filter, Filter::default());
                assert_eq!(Filter::default().over(filter.clone()), filter, "{word}");
            }
            // A label is any text.
            let odd = if word == "label" { &["", "x\ty", " vip "][..] } else { &["", "x\ty", " vip ", "ME", "grp_1"] };
            for odd in odd {
                assert_eq!(Filter::of_words([(word, *odd)]), Err(OddWord(word.to_owned())), "{word}={odd}");
            }
        }
        assert_eq!(Filter::of_words([("colour", "red")]), Err(OddWord("colour".to_owned())));
    }
}
