//! Which texts a list is to have.
use domain::canned_text::{Reader, Scope, ScopeKind, TextModule as Module};
use domain::text::search_words;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::fields::{GroupId, Text, TextModule, TextScope};
use crate::page::{Limit, Place};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TextsQuery {
    /// `leads` or `contacts`.
    #[param(inline)]
    module: Option<TextModule>,
    /// `mine`, `group` (of one of the caller's groups, or of `group_id`) or `all`.
    #[param(inline)]
    scope: Option<TextScope>,
    #[param(inline)]
    group_id: Option<GroupId>,
    #[param(inline)]
    pub(super) shortcut: Option<Text<32>>,
    /// The beginnings of words of the name; case and accents do not matter.
    #[param(inline)]
    search: Option<Text<100>>,
    #[serde(default)]
    #[param(inline, required = false)]
    pub(super) limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline)]
    pub(super) cursor: Option<Place>,
}

impl TextsQuery {
    /// Of all that the reader uses those that are asked for. An administrator reads those of any group by its id.
    pub(super) fn scopes(&self, reader: &Reader) -> Result<Vec<Scope>, Problem> {
        let kind = self.scope.map(|scope| scope.0);
        if let Some(group) = &self.group_id {
            let scope = Scope::Group(group.0.clone());
            if kind.is_some_and(|kind| kind != ScopeKind::Group) {
                return Err(Problem::field("group_id", "is only for scope group"));
            }
            return Ok(if reader.may_read(&scope) { vec![scope] } else { Vec::new() });
        }
        let mut scopes = reader.scopes();
        scopes.retain(|scope| kind.is_none_or(|kind| kind == scope.kind()));
        Ok(scopes)
    }

    pub(super) fn modules(&self) -> Vec<Module> {
        self.module.map_or_else(|| Module::ALL.to_vec(), |module| vec![module.0])
    }

    /// The longest first: it leads to the fewest.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = self.search.as_ref().map(|search| search_words(&search.0)).unwrap_or_default();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}
