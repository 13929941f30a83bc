//! A canned text as the API shows it.
use domain::canned_text::{CannedText, Scope};
use domain::merge::Catalog;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{AttachmentId, CannedTextId, GroupId, Stamp, TextModule, TextScope, UserId, Word};

#[derive(Serialize, ToSchema)]
#[schema(as = CannedText)]
pub(super) struct CannedTextView {
    id: CannedTextId,
    name: String,
    module: TextModule,
    /// With its merge fields by the labels of today.
    text: String,
    /// The fields that it names, each once: `Leads.First Name`.
    fields: Vec<String>,
    /// Uploads that go with it, in order.
    files: Vec<AttachmentId>,
    scope: TextScope,
    /// Of scope `group`.
    group_id: Option<GroupId>,
    /// Of scope `mine`: whose it is.
    user_id: Option<UserId>,
    shortcut: Option<String>,
    created_at: Stamp,
    updated_at: Stamp,
}

impl CannedTextView {
    pub(super) fn of(canned: CannedText, catalog: &Catalog) -> CannedTextView {
        let mut fields: Vec<String> = canned.text.fields().map(|field| field.name(catalog)).collect();
        fields.sort_unstable();
        fields.dedup();
        let scope = Word(canned.scope.kind());
        let (group_id, user_id) = match canned.scope {
            Scope::Group(group) => (Some(group.into()), None),
            Scope::User(user) => (None, Some(user.into())),
            Scope::All => (None, None),
        };
        CannedTextView {
            id: canned.id.into(),
            name: canned.name,
            module: Word(canned.module),
            text: canned.text.written(catalog),
            fields,
            files: canned.files.into_iter().map(AttachmentId::from).collect(),
            scope,
            group_id,
            user_id,
            shortcut: canned.shortcut,
            created_at: Stamp(canned.created_at),
            updated_at: Stamp(canned.updated_at),
        }
    }
}
