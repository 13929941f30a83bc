//! Names, e-mails, tags, stages and fields of a contact in the input, with their limits.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use domain::identity::{Identity, IdentityKind};
use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::fields::{Email, Text};
use crate::problem::Problem;

const TAGS_MAX: usize = 50;
const FIELDS_MAX: usize = 50;
const EMAILS_MAX: usize = 10;

pub(super) type Name = Text<200>;
pub(super) type Stage = Text<64>;
type Tag = Text<64>;
type FieldName = Text<64>;
type FieldValue = Text<1000>;

/// Each tag once, in the order given.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<Tag>")]
pub(super) struct Tags(Vec<Tag>);

impl TryFrom<Vec<Tag>> for Tags {
    type Error = String;

    fn try_from(tags: Vec<Tag>) -> Result<Tags, String> {
        let distinct: BTreeSet<&Tag> = tags.iter().collect();
        if tags.len() > TAGS_MAX || distinct.len() < tags.len() {
            return Err(format!("must have at most {TAGS_MAX} tags, each once"));
        }
        Ok(Tags(tags))
    }
}

impl Tags {
    pub(super) fn texts(&self) -> Vec<String> {
        self.0.iter().map(|tag| tag.0.clone()).collect()
    }
}

impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Tag::schema()).max_items(Some(TAGS_MAX)).unique_items(true).into()
    }
}

impl ToSchema for Tags {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Tags")
    }
}

/// Each address once.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<Email>")]
pub(super) struct Emails(Vec<Email>);

impl TryFrom<Vec<Email>> for Emails {
    type Error = String;

    fn try_from(emails: Vec<Email>) -> Result<Emails, String> {
        let distinct: BTreeSet<String> = emails.iter().map(|email| email.0.to_lowercase()).collect();
        if emails.len() > EMAILS_MAX || distinct.len() < emails.len() {
            return Err(format!("must have at most {EMAILS_MAX} addresses, each once"));
        }
        Ok(Emails(emails))
    }
}

impl Emails {
    pub(super) fn identities(&self) -> impl Iterator<Item = Identity> {
        self.0.iter().map(|email| Identity::new(IdentityKind::Email, email.0.clone()))
    }
}

impl PartialSchema for Emails {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Email::schema()).max_items(Some(EMAILS_MAX)).unique_items(true).into()
    }
}

impl ToSchema for Emails {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Emails")
    }
}

#[derive(Default, Deserialize)]
#[serde(try_from = "BTreeMap<FieldName, FieldValue>")]
pub(super) struct FieldsInput(BTreeMap<FieldName, FieldValue>);

fn too_many() -> String {
    format!("must have at most {FIELDS_MAX} fields")
}

impl TryFrom<BTreeMap<FieldName, FieldValue>> for FieldsInput {
    type Error = String;

    fn try_from(fields: BTreeMap<FieldName, FieldValue>) -> Result<FieldsInput, String> {
        if fields.len() > FIELDS_MAX { Err(too_many()) } else { Ok(FieldsInput(fields)) }
    }
}

impl FieldsInput {
    pub(super) fn into_texts(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(name, value)| (name.0, value.0)).collect()
    }
}

/// Fields to set; null takes one away (RFC 7396).
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct FieldsPatch(BTreeMap<FieldName, Option<FieldValue>>);

impl FieldsPatch {
    pub(super) fn apply(&self, fields: &mut BTreeMap<String, String>) -> Result<(), Problem> {
        let before = fields.len();
        for (Text(name), value) in &self.0 {
            match value {
                Some(Text(value)) => fields.insert(name.clone(), value.clone()),
                None => fields.remove(name),
            };
        }
        // A merge or an import may have brought more.
        if fields.len() > before.max(FIELDS_MAX) { Err(Problem::field("fields", too_many())) } else { Ok(()) }
    }
}

fn map_of(value: RefOr<Schema>, description: &str) -> RefOr<Schema> {
    let map = ObjectBuilder::new().property_names(Some(FieldName::schema())).max_properties(Some(FIELDS_MAX));
    map.additional_properties(Some(AdditionalProperties::RefOr(value))).description(Some(description)).into()
}

impl PartialSchema for FieldsInput {
    fn schema() -> RefOr<Schema> {
        map_of(FieldValue::schema(), "Free fields of the business.")
    }
}

impl ToSchema for FieldsInput {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Fields")
    }
}

impl PartialSchema for FieldsPatch {
    fn schema() -> RefOr<Schema> {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        map_of(OneOfBuilder::new().item(null).item(FieldValue::schema()).into(), "Fields to set; null takes one away.")
    }
}

impl ToSchema for FieldsPatch {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FieldsPatch")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_merged_within_their_limit() {
        let patch = |json| serde_json::from_value::<FieldsPatch>(json).unwrap();
        let mut fields = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        patch(json!({"a": null, "c": "3"})).apply(&mut fields).unwrap();
        assert_eq!(fields.iter().map(|(k, v)| format!("{k}{v}")).collect::<String>(), "b2c3");
        let many: serde_json::Map<_, _> = (0..FIELDS_MAX).map(|n| (format!("f{n}"), json!("x"))).collect();
        let many = patch(many.into());
        assert!(many.apply(&mut fields).is_err());
        // That many came by a merge: they can be changed, and become fewer.
        patch(json!({"c": "4"})).apply(&mut fields).unwrap();
        patch(json!({"c": null})).apply(&mut fields).unwrap();
        assert!(patch(json!({"one": "more"})).apply(&mut fields).is_err());
    }

    #[test]
    fn tags_are_distinct_and_few() {
        let tags = |json| serde_json::from_value::<Tags>(json).is_ok();
        assert!(tags(json!(["a", "b"])) && tags(json!([])));
        assert!(!tags(json!(["a", "a"])) && !tags(json!([""])) && !tags(json!("a")));
        assert!(!tags((0..=TAGS_MAX).map(|n| n.to_string()).collect::<Vec<_>>().into()));
    }
}
