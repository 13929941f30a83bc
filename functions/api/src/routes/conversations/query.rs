//! What is asked of the inbox: filters and views, as who asks means them.
use domain::conversation::ConversationStatus as Status;
use domain::ids;
use domain::inbox::{BuiltIn, By, Driver, Filter, Moment, Sort, View, Viewer};
use domain::settings::WindowSettings;
use runtime::clock;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use store::Search;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::App;
use crate::auth::Caller;
use crate::fields::{ChannelId, ConversationStatus, Label, Span, Text, Who, Whose, Within, vocabulary};
use crate::page::{Limit, Place};
use crate::problem::Problem;

vocabulary! {
    WindowFilter = domain::inbox::WindowFilter,
    InboxSort = domain::inbox::Sort,
}

/// Yes or no, in a query.
#[derive(Clone, Copy, Debug)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Flag, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "true" => Ok(Flag(true)),
            "false" => Ok(Flag(false)),
            _ => Err(D::Error::custom("must be true or false")),
        }
    }
}

impl PartialSchema for Flag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

impl ToSchema for Flag {}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ConversationsQuery {
    /// A view, by its id or, of those that everybody has, its name: `all` (the default), `all_unreplied`, `mine`, `sent_today`,
    /// `unreplied` (mine). Without a user the last three are those of everybody. What is asked beside it takes the place of what
    /// it says.
    #[param(inline)]
    view: Option<Text<64>>,
    /// Only those of this channel.
    #[param(inline)]
    channel_id: Option<ChannelId>,
    #[param(inline)]
    status: Option<ConversationStatus>,
    /// Only those that are given to them.
    #[param(inline)]
    assignee: Option<Whose>,
    /// Only those whose contact they own.
    #[param(inline)]
    owner: Option<Who>,
    /// Only those that they answered last.
    #[param(inline)]
    replied_by: Option<Who>,
    /// Whether the customer waits for an answer.
    #[param(inline)]
    unreplied: Option<Flag>,
    /// Only those that wait for so long or longer.
    #[param(inline)]
    unreplied_for: Option<Span>,
    /// Only those that were answered since then.
    #[param(inline)]
    replied_within: Option<Within>,
    /// Only those in which either side wrote since then.
    #[param(inline)]
    last_message_within: Option<Within>,
    /// Only those that carry it.
    #[param(inline)]
    label: Option<Label>,
    /// Whether there is what the user who asks has not read.
    #[param(inline)]
    unread: Option<Flag>,
    /// `closing`: open, and about to close, by the setting `window.closing_notice_minutes`.
    #[param(inline)]
    window: Option<WindowFilter>,
    /// Only those that are put off; without it they are left out.
    #[param(inline)]
    snoozed: Option<Flag>,
    /// By default who waits longest comes first, of what is about to close what closes next, and in other lists what happened last.
    #[param(inline)]
    sort: Option<InboxSort>,
    #[serde(default)]
    #[param(inline, required = false)]
    pub(super) limit: Limit,
    #[param(inline)]
    pub(super) cursor: Option<Place>,
}

impl ConversationsQuery {
    /// The filter and the order that the query and its view come to.
    pub(super) async fn resolve(&self, app: &App, caller: &Caller) -> Result<(Filter, Option<Sort>), Problem> {
        let sort = self.sort.map(|sort| sort.0);
        let Some(name) = &self.view else { return Ok((self.filter()?, sort)) };
        let unknown = || Problem::unknown("view", "names a view that does not exist");
        if let Some(built_in) = BuiltIn::parse(&name.0) {
            return Ok((self.filter()?.over(built_in.filter(caller.user.is_some())), sort));
        }
        let id = ids::ViewId::parse(&name.0).ok_or_else(|| {
            let names: Vec<&str> = BuiltIn::ALL.iter().map(|built_in| built_in.word()).collect();
            Problem::field("view", format!("must be the id of a view or one of: {}", names.join(", ")))
        })?;
        if let Some(built_in) = BuiltIn::ALL.iter().find(|built_in| built_in_id(**built_in) == id) {
            return Ok((self.filter()?.over(built_in.filter(caller.user.is_some())), sort));
        }
        let view = saved(app, caller, &id).await?.ok_or_else(unknown)?;
        Ok((self.filter()?.over(view.filter), sort.or(view.sort)))
    }

    fn filter(&self) -> Result<Filter, Problem> {
        let words = [
            ("channel_id", self.channel_id.as_ref().map(|id| id.0.to_string())),
            ("status", self.status.map(|status| Status::word(status.0).to_owned())),
            ("assignee", self.assignee.as_ref().map(|whose| whose.0.clone())),
            ("owner", self.owner.as_ref().map(|who| who.0.clone())),
            ("replied_by", self.replied_by.as_ref().map(|who| who.0.clone())),
            ("unreplied", self.unreplied.map(|flag| flag.0.to_string())),
            ("unreplied_for", self.unreplied_for.as_ref().map(|span| span.0.clone())),
            ("replied_within", self.replied_within.as_ref().map(|within| within.0.clone())),
            ("last_message_within", self.last_message_within.as_ref().map(|within| within.0.clone())),
            ("label", self.label.as_ref().map(|label| label.0.clone())),
            ("unread", self.unread.map(|flag| flag.0.to_string())),
            ("window", self.window.map(|window| window.0.word().to_owned())),
            ("snoozed", self.snoozed.map(|flag| flag.0.to_string())),
        ];
        of_words(&words)
    }
}

/// Reads what is there of a filter's words.
pub(in crate::routes) fn of_words(words: &[(&'static str, Option<String>)]) -> Result<Filter, Problem> {
    let given = words.iter().filter_map(|(word, value)| Some((*word, value.as_deref()?)));
    Filter::of_words(given).map_err(|odd| Problem::field(odd.0, "has a value that is not taken"))
}

/// A built-in view as it is listed, and by its id.
pub(in crate::routes) fn built_in_id(built_in: BuiltIn) -> ids::ViewId {
    ids::ViewId::derive(&["built-in", built_in.word()])
}

/// A view that others or all have saved, if the caller is shown it.
pub(in crate::routes) async fn saved(app: &App, caller: &Caller, id: &ids::ViewId) -> Result<Option<View>, Problem> {
    let Some(view) = app.store.view_get(id).await? else { return Ok(None) };
    let groups = groups(app, caller).await?;
    Ok(Some(view).filter(|view| view.scope.is_shown_to(&viewer(caller, &groups))))
}

/// The groups that the caller is in.
pub(in crate::routes) async fn groups(app: &App, caller: &Caller) -> Result<Vec<ids::GroupId>, Problem> {
    let Some(user) = &caller.user else { return Ok(Vec::new()) };
    Ok(app.store.user_get(user).await?.map(|user| user.groups).unwrap_or_default())
}

pub(in crate::routes) fn viewer<'a>(caller: &'a Caller, groups: &'a [ids::GroupId]) -> Viewer<'a> {
    Viewer { user: caller.user.as_ref(), groups, sees_all: caller.sight.assignees().is_none() }
}

/// A filter as the caller asks it at this moment.
pub(in crate::routes) struct Asked {
    filter: Filter,
    driver: Driver,
    sort: Sort,
    pub(in crate::routes) at: Moment,
    channels: Vec<ids::ChannelId>,
    pub(in crate::routes) settings: WindowSettings,
}

impl Asked {
    pub(in crate::routes) async fn by(
        app: &App,
        caller: &Caller,
        filter: &Filter,
        sort: Option<Sort>,
    ) -> Result<Asked, Problem> {
        let filter = filter.asked_by(caller.user.as_ref()).ok_or(Problem::UserNeeded)?;
        let channels = app.store.channels_all().await?.into_iter().map(|channel| channel.id);
        let channels: Vec<ids::ChannelId> =
            channels.filter(|id| filter.channel.as_ref().is_none_or(|wanted| wanted == id)).collect();
        if filter.channel.is_some() && channels.is_empty() {
            return Err(Problem::unknown("channel_id", "names a channel that does not exist"));
        }
        let (settings, now) = (app.store.settings_get().await?, clock::now());
        let zone = settings.billing.zone();
        let at = Moment {
            now,
            today: zone.begins(zone.date(now)).unwrap_or(now),
            closing: settings.window.closing_notice().unwrap_or_default(),
        };
        let (driver, sort) = (filter.driver(caller.sight.assignees()), sort.unwrap_or(filter.usual_sort()));
        Ok(Asked { filter, driver, sort, at, channels, settings: settings.window })
    }

    /// The list that a cursor belongs to.
    pub(in crate::routes) fn list(&self) -> String {
        let by = match self.filter.by() {
            By::Activity => "active",
            By::Waiting => "waiting",
            By::Closing => "closing",
        };
        format!("conversations-{by}-{}", self.sort)
    }

    pub(in crate::routes) fn search<'a>(&'a self, caller: &'a Caller) -> Search<'a> {
        Search {
            filter: &self.filter,
            driver: &self.driver,
            sort: self.sort,
            at: self.at,
            me: caller.user.as_ref(),
            channels: &self.channels,
        }
    }
}
