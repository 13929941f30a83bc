//! What was done to a message after it was written: reactions, an edit, its deletion. Each is a fact beside the message;
//! of one kind and author only the latest by Meta's time stands (P43).
use crate::message::Message;
use crate::{Time, words};

words! {
    /// On which side of the thread somebody is.
    pub enum Author {
        Customer = "customer",
        Business = "business",
    }
}

words! {
    pub enum AnnotationKind {
        Reaction = "reaction",
        Edit = "edit",
        Revoke = "revoke",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    pub kind: AnnotationKind,
    pub by: Author,
    /// Meta's time.
    pub at: Time,
    /// Of a reaction the Cloud API's `reaction`, of an edit the message as it now is, of a deletion nothing.
    pub content: serde_json::Value,
}

impl Message {
    /// Who has which emoji on the message; one that was taken back is not among them.
    pub fn reactions(&self) -> impl Iterator<Item = (&Annotation, &str)> {
        self.standing(AnnotationKind::Reaction).filter_map(|reaction| {
            let emoji = reaction.content["emoji"].as_str().filter(|emoji| !emoji.is_empty())?;
            Some((reaction, emoji))
        })
    }

    /// The last edit. The message's own content stays as it was written.
    pub fn edit(&self) -> Option<&Annotation> {
        self.standing(AnnotationKind::Edit).max_by_key(|edit| edit.at)
    }

    pub fn revoked_at(&self) -> Option<Time> {
        self.annotations.iter().filter(|one| one.kind == AnnotationKind::Revoke).map(|one| one.at).min()
    }

    fn standing(&self, kind: AnnotationKind) -> impl Iterator<Item = &Annotation> {
        Author::ALL.iter().filter_map(move |by| {
            let theirs = self.annotations.iter().filter(|one| one.kind == kind && one.by == *by);
            theirs.max_by_key(|one| one.at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_latest_of_each_author_stands() {
        let of = |kind, by, at, content| Annotation { kind, by, at: Time::from_seconds(at), content };
        use AnnotationKind::{Edit, Reaction, Revoke};
        use Author::{Business, Customer};
        let mut message = crate::message::tests::message(crate::message::State::Accepted, &[]);
        message.annotations = vec![
            of(Reaction, Customer, 5, json!({"emoji": "👍"})),
            of(Reaction, Customer, 9, json!({"emoji": "❤️"})),
            of(Reaction, Business, 7, json!({"emoji": "😮"})),
            of(Reaction, Business, 8, json!({})),
            of(Edit, Customer, 3, json!({"type": "text"})),
            of(Edit, Customer, 2, json!({"type": "image"})),
            of(Revoke, Customer, 12, json!(null)),
        ];
        let reactions: Vec<_> = message.reactions().map(|(reaction, emoji)| (reaction.by, emoji)).collect();
        assert_eq!(reactions, [(Customer, "❤️")]);
        assert_eq!(message.edit().map(|edit| edit.at), Some(Time::from_seconds(3)));
        assert_eq!(message.revoked_at(), Some(Time::from_seconds(12)));
        message.annotations.clear();
        assert_eq!((message.reactions().count(), message.edit(), message.revoked_at()), (0, None, None));
    }
}
