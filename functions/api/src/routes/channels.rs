//! Channels: the WhatsApp numbers of the business and their preferences.
use axum::Json;
use axum::extract::{Extension, State};
use domain::channel as entity;
use domain::ids;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    AssigneeChoice, AssigneeInput, AssigneeView, ChannelId, ChannelState, Charging, ContactKind, Identifier,
    MarketingApi, MetaId, ReadReceipts, Stamp, Text, Word, given, nullable,
};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

mod health;

use health::{__path_resume, ChannelDetail, resume};

area! {
    ReadSetup: list, read;
    ManageSetup: create, change, disable, resume;
}

const LIST: &str = "channels";

type Nickname = Text<100>;
type DisplayNumber = Text<40>;

#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
struct ChannelView {
    id: ChannelId,
    phone_number_id: String,
    waba_id: String,
    display_phone_number: String,
    nickname: String,
    /// What a person who writes for the first time becomes.
    add_as: ContactKind,
    /// Whom a new conversation belongs to.
    assign_to: Option<AssigneeView>,
    state: ChannelState,
    /// When the customer is shown that their messages were read: `never`, `on_read` (`POST /v1/conversations/{id}/read`) or
    /// `on_answer`. What agents have read is counted apart from it.
    read_receipts: ReadReceipts,
    /// `auto`: marketing templates go out by the Marketing Messages API. `cloud_api`: by the Cloud API, as all others.
    marketing_api: MarketingApi,
    /// `per_message`: each delivered message is paid out of the wallet, as WhatsApp charges. `per_conversation`: the first one of
    /// a day and category is. `unmetered`: what the channel sends is not paid out of the wallet.
    pricing_model: Charging,
    created_at: Stamp,
}

impl From<entity::Channel> for ChannelView {
    fn from(channel: entity::Channel) -> ChannelView {
        ChannelView {
            id: ChannelId::from(channel.id),
            phone_number_id: channel.phone_number_id,
            waba_id: channel.waba_id,
            display_phone_number: channel.display_phone_number,
            nickname: channel.nickname,
            add_as: Word(channel.add_as),
            assign_to: channel.assign_to.map(AssigneeView::from),
            state: Word(channel.state),
            read_receipts: Word(channel.read_receipts),
            marketing_api: Word(channel.marketing_api),
            pricing_model: Word(channel.pricing_model),
            created_at: Stamp(channel.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewChannel {
    phone_number_id: MetaId,
    waba_id: MetaId,
    display_phone_number: DisplayNumber,
    nickname: Nickname,
    add_as: ContactKind,
    #[schema(value_type = Option<AssigneeChoice>)]
    assign_to: Option<AssigneeInput>,
    /// `on_read` unless given.
    read_receipts: Option<ReadReceipts>,
    /// `auto` unless given.
    marketing_api: Option<MarketingApi>,
    /// `per_message` unless given.
    pricing_model: Option<Charging>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    nickname: Option<Nickname>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    add_as: Option<ContactKind>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeChoice>)]
    assign_to: Option<Option<AssigneeInput>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    state: Option<ChannelState>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    read_receipts: Option<ReadReceipts>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    marketing_api: Option<MarketingApi>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pricing_model: Option<Charging>,
}

impl ChannelPatch {
    fn apply(&self, channel: &mut entity::Channel) {
        if let Some(Text(nickname)) = &self.nickname {
            channel.nickname.clone_from(nickname);
        }
        if let Some(Word(add_as)) = self.add_as {
            channel.add_as = add_as;
        }
        if let Some(assign_to) = &self.assign_to {
            channel.assign_to = assign_to.as_ref().and_then(|assignee| assignee.0.clone());
        }
        if let Some(Word(state)) = self.state {
            channel.state = state;
        }
        if let Some(Word(read_receipts)) = self.read_receipts {
            channel.read_receipts = read_receipts;
        }
        if let Some(Word(marketing_api)) = self.marketing_api {
            channel.marketing_api = marketing_api;
        }
        if let Some(Word(pricing_model)) = self.pricing_model {
            channel.pricing_model = pricing_model;
        }
    }
}

/// The channel that the path names.
async fn load(app: &App, id: &ids::ChannelId) -> Result<entity::Channel, Problem> {
    let channel = app.store.channel_get(id).await?;
    channel.ok_or_else(|| Problem::NotFound { what: ids::ChannelId::WHAT, id: id.to_string() })
}

/// Lists channels, the oldest first.
#[utoipa::path(get, path = "/v1/channels", params(PageQuery), responses((status = 200, body = Listing<ChannelView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<ChannelView>> {
    let channels = app.store.channels_all().await?;
    Ok(Json(Listing::part(LIST, channels, &query, |channel| channel.id.as_str(), ChannelView::from)?))
}

/// Connects a number. Its id follows from `phone_number_id`, so a number is connected once.
#[utoipa::path(post, path = "/v1/channels", request_body = NewChannel, responses((status = 201, body = ChannelView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewChannel>,
) -> AnswerWith<ChannelView> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let assign_to = body.assign_to.and_then(|assignee| assignee.0);
    must_exist(&app.store, assign_to.as_ref(), "assign_to").await?;
    let channel = entity::Channel {
        id: ids::ChannelId::of_number(&body.phone_number_id.0),
        phone_number_id: body.phone_number_id.0,
        waba_id: body.waba_id.0,
        display_phone_number: body.display_phone_number.0,
        nickname: body.nickname.0,
        add_as: body.add_as.0,
        assign_to,
        state: entity::ChannelState::Active,
        read_receipts: body.read_receipts.map(|word| word.0).unwrap_or_default(),
        marketing_api: body.marketing_api.map(|word| word.0).unwrap_or_default(),
        pricing_model: body.pricing_model.map(|word| word.0).unwrap_or_default(),
        created_at: ticket.at,
    };
    let channel = match app.store.channel_create(&channel).await? {
        Put::Written => channel,
        Put::Exists(existing) if ticket.is_repeated && existing.created_at == ticket.at => existing,
        Put::Exists(existing) => {
            return Err(Problem::AlreadyExists { what: ids::ChannelId::WHAT, id: existing.id.to_string() });
        }
    };
    Ok((StatusCode::CREATED, Json(channel.into())))
}

/// Reads a channel and its health.
#[utoipa::path(get, path = "/v1/channels/{id}", params(("id" = ChannelId, Path)), responses((status = 200, body = ChannelDetail)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::ChannelId>) -> Answer<ChannelDetail> {
    Ok(Json(ChannelDetail::read(&app, load(&app, &id).await?).await?))
}

/// Changes a channel's preferences, or enables it again.
#[utoipa::path(
    patch,
    path = "/v1/channels/{id}",
    params(("id" = ChannelId, Path)),
    request_body = ChannelPatch,
    responses((status = 200, body = ChannelView))
)]
async fn change(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::ChannelId, Nothing, ChannelPatch>,
) -> Answer<ChannelView> {
    if let Some(Some(assignee)) = &body.assign_to {
        must_exist(&app.store, assignee.0.as_ref(), "assign_to").await?;
    }
    edit(&app, &id, |channel| body.apply(channel)).await
}

/// Disables a channel: nothing is sent from it, its history stays. PATCH `state` enables it again.
#[utoipa::path(delete, path = "/v1/channels/{id}", params(("id" = ChannelId, Path)), responses((status = 200, body = ChannelView)))]
async fn disable(State(app): State<App>, Input { id, .. }: Input<ids::ChannelId>) -> Answer<ChannelView> {
    edit(&app, &id, |channel| channel.state = entity::ChannelState::Disabled).await
}

/// Writes what `change` makes of the channel as it is; decides anew if others change it at the same time.
async fn edit(app: &App, id: &ids::ChannelId, change: impl Fn(&mut entity::Channel) + Send) -> Answer<ChannelView> {
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(app, id).await?;
        let mut next = seen.clone();
        change(&mut next);
        if next == seen || app.store.channel_update(&seen, &next).await? {
            return Ok(Json(next.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
