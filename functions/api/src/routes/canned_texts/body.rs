//! What makes and changes a canned text.
use domain::canned_text::{CannedText, FILES_MAX, Reader, Scope, ScopeKind};
use domain::ids;
use domain::merge::{Catalog, MergeText};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::fields::{AttachmentId, GroupId, Text, TextModule, TextScope, Word, given, nullable};
use crate::files;
use crate::idempotent::Ticket;
use crate::people::groups_must_exist;
use crate::problem::{Problem, TextProblem};
use crate::{App, merging};

type Name = Text<100>;
/// As long as a message may be.
type Body = Text<4096>;
type Shortcut = Text<32>;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCannedText {
    name: Name,
    /// Whom it is for: its merge fields are of `Leads` or of `Contacts`, and it is sent to them alone. It stays so.
    module: TextModule,
    /// With merge fields: `Hello $[Leads.First Name|there]`.
    text: Body,
    /// Up to five uploads, which go with it.
    #[serde(default)]
    #[schema(max_items = 5)]
    files: Vec<AttachmentId>,
    /// `mine` for the caller's user alone, `group` for one group (`group_id`), `all` for everybody, which administrators make.
    scope: TextScope,
    group_id: Option<GroupId>,
    /// Of all texts that somebody uses no two have the same.
    shortcut: Option<Shortcut>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CannedTextPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<Name>,
    /// Only as it is: a text for others is another text.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    module: Option<TextModule>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    text: Option<Body>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 5)]
    files: Option<Vec<AttachmentId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    scope: Option<TextScope>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    group_id: Option<GroupId>,
    #[serde(default, deserialize_with = "nullable")]
    shortcut: Option<Option<Shortcut>>,
}

impl NewCannedText {
    pub(super) async fn text(
        self,
        app: &App,
        (caller, reader): (&Caller, &Reader),
        catalog: &Catalog,
        ticket: &Ticket,
    ) -> Result<CannedText, Problem> {
        let module = self.module.0;
        Ok(CannedText {
            id: ids::CannedTextId::new(ticket.at, ticket.entropy),
            name: self.name.0,
            module,
            text: read(&self.text.0, catalog, module)?,
            files: usable(app, caller, &self.files, &[]).await?,
            scope: scope(app, reader, self.scope, self.group_id.as_ref()).await?,
            shortcut: self.shortcut.map(|shortcut| shortcut.0),
            created_at: ticket.at,
            updated_at: ticket.at,
            revision: 1,
        })
    }
}

impl CannedTextPatch {
    pub(super) async fn apply(
        &self,
        app: &App,
        (caller, reader): (&Caller, &Reader),
        catalog: &Catalog,
        seen: &CannedText,
    ) -> Result<CannedText, Problem> {
        if self.module.is_some_and(|module| module.0 != seen.module) {
            let fixed = format!("is fixed once a text is made: this one is for {}", seen.module);
            return Err(Problem::field("module", fixed));
        }
        let mut next = seen.clone();
        if let Some(Text(name)) = &self.name {
            next.name.clone_from(name);
        }
        if let Some(Text(text)) = &self.text {
            next.text = read(text, catalog, seen.module)?;
        }
        if let Some(files) = &self.files {
            next.files = usable(app, caller, files, &seen.files).await?;
        }
        if let Some(shortcut) = &self.shortcut {
            next.shortcut = shortcut.as_ref().map(|shortcut| shortcut.0.clone());
        }
        match (self.scope, &self.group_id) {
            (None, None) => {}
            (None, Some(group)) => next.scope = scope(app, reader, Word(seen.scope.kind()), Some(group)).await?,
            // It belongs to whom it belonged to.
            (Some(Word(kind)), None) if kind == seen.scope.kind() => {}
            (Some(wanted), group) => next.scope = scope(app, reader, wanted, group.as_ref()).await?,
        }
        Ok(next)
    }
}

fn read(text: &str, catalog: &Catalog, module: domain::canned_text::TextModule) -> Result<MergeText, Problem> {
    MergeText::read(text, catalog, Some(module.fields()))
        .map_err(|wrong| TextProblem::FieldUnknown(merging::unknown("text", &wrong)).into())
}

async fn scope(app: &App, reader: &Reader, kind: TextScope, group: Option<&GroupId>) -> Result<Scope, Problem> {
    match (kind.0, group) {
        (ScopeKind::Group, None) => Err(Problem::field("group_id", "is missing, and scope group needs it")),
        (ScopeKind::All | ScopeKind::Mine, Some(_)) => Err(Problem::field("group_id", "is only for scope group")),
        (ScopeKind::Group, Some(group)) => {
            groups_must_exist(&app.store, std::slice::from_ref(&group.0), "group_id").await.map_err(|problem| {
                let missing = || Problem::unknown("group_id", format!("names {}, which does not exist", group.0));
                if matches!(problem, Problem::UnknownReference(_)) { missing() } else { problem }
            })?;
            Ok(Scope::Group(group.0.clone()))
        }
        (ScopeKind::All, None) => Ok(Scope::All),
        (ScopeKind::Mine, None) => {
            let user = reader.user.clone().map(Scope::User);
            user.ok_or_else(|| Problem::field("scope", "cannot be mine, as the key belongs to no user"))
        }
    }
}

/// The files, each of which is there: uploads alone, as others see the text who may not see the conversation that a customer's
/// file stands in. `known`: those that the text has already, whatever became of them.
async fn usable(
    app: &App,
    caller: &Caller,
    files: &[AttachmentId],
    known: &[ids::AttachmentId],
) -> Result<Vec<ids::AttachmentId>, Problem> {
    if files.len() > FILES_MAX {
        return Err(Problem::field("files", format!("must have at most {FILES_MAX} files")));
    }
    for (index, file) in files.iter().enumerate().filter(|(_, file)| !known.contains(&file.0)) {
        let place = format!("files[{index}]");
        if file.0.message().is_some() {
            return Err(Problem::field(
                place,
                "must be an upload: a file that a customer sent stays in its conversation",
            ));
        }
        files::usable(app, caller, &place, &file.0).await?;
    }
    Ok(files.iter().map(|file| file.0.clone()).collect())
}
