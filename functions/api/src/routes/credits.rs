//! The prepaid balance and its ledger.
use axum::Json;
use axum::extract::State;
use domain::money::Micros;
use domain::wallet as entity;
use serde::{Deserialize, Serialize};
use store::{EntryFilter, Proved};
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::fields::{
    ChannelId, ContactId, ConversationId, EntryKind, Id, MessageId, Moment, ProofDifference, Stamp, Text, Word,
};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, Place};
use crate::{Answer, App};

area! {
    ReadCredits: balance, entries;
}

const LIST: &str = "entries";

#[derive(Serialize, ToSchema)]
struct Credits {
    /// What can be spent. Below zero where Meta or a bank took more than there was.
    available_micros: i64,
    /// What messages in flight hold: it is paid, or can be spent again, once Meta says what they cost.
    held_micros: i64,
    /// The sum of all entries: what is available and what is held.
    posted_micros: i64,
    /// Null until the first credit decides it.
    currency: Option<String>,
    /// The last daily proof that all adds up.
    proof: Option<ProofView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Proof)]
struct ProofView {
    at: Stamp,
    /// How many entries were added up.
    entries: u64,
    /// None: all adds up.
    differences: Vec<ProofDifference>,
}

impl From<Proved> for ProofView {
    fn from(proved: Proved) -> ProofView {
        let differences = proved.differences.into_iter().map(Word).collect();
        ProofView { at: Stamp(proved.at), entries: proved.entries, differences }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
struct EntryView {
    /// Counts from 1 without gaps.
    seq: u64,
    kind: EntryKind,
    /// Added to the balance; negative for what was taken.
    amount_micros: i64,
    /// The balance with this entry.
    posted_after_micros: i64,
    currency: String,
    at: Stamp,
    /// What it follows from: a message, an adjustment, a top-up, a payment, a refund.
    reference: String,
    reason: Option<String>,
    /// The key that asked for it.
    by: Option<String>,
    /// Of an entry that is about a message.
    message: Option<ChargedView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Charged)]
struct ChargedView {
    id: MessageId,
    channel_id: ChannelId,
    contact_id: ContactId,
    conversation_id: ConversationId,
    wamid: Option<String>,
    /// The template's name.
    template: Option<String>,
    /// The key that sent it.
    sent_by: Option<String>,
    market: String,
    category: String,
    /// The rate card.
    card: String,
    /// From which volume in the month on the rate holds.
    tier_from: u64,
}

impl From<entity::Entry> for EntryView {
    fn from(entry: entity::Entry) -> EntryView {
        EntryView {
            seq: entry.seq,
            kind: Word(entry.line.kind),
            amount_micros: entry.line.amount.get(),
            posted_after_micros: entry.posted_after.get(),
            currency: entry.currency.code().to_owned(),
            at: Stamp(entry.at),
            reference: entry.line.reference,
            reason: entry.line.reason,
            by: entry.line.by,
            message: entry.line.about.map(ChargedView::from),
        }
    }
}

impl From<entity::Charged> for ChargedView {
    fn from(about: entity::Charged) -> ChargedView {
        ChargedView {
            conversation_id: about.conversation().into(),
            id: about.message.into(),
            channel_id: about.channel.into(),
            contact_id: about.contact.into(),
            wamid: about.wamid,
            template: about.template,
            sent_by: about.agent,
            market: about.quote.market.to_string(),
            category: about.quote.category.to_string(),
            card: about.quote.card.to_string(),
            tier_from: about.quote.tier_from,
        }
    }
}

/// Reads the balance.
#[utoipa::path(get, path = "/v1/credits", responses((status = 200, body = Credits)))]
async fn balance(State(app): State<App>, _: Input) -> Answer<Credits> {
    let (credits, proved) = futures::future::try_join(app.store.credits_get(), app.store.proof_get()).await?;
    let of =
        |amount: fn(&entity::Credits) -> Option<Micros>| credits.as_ref().and_then(amount).unwrap_or_default().get();
    Ok(Json(Credits {
        available_micros: of(entity::Credits::available),
        held_micros: of(entity::Credits::held),
        posted_micros: of(|credits| Some(credits.wallet.posted)),
        currency: credits.map(|credits| credits.wallet.currency.code().to_owned()),
        proof: proved.map(ProofView::from),
    }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EntriesQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline, required = false)]
    cursor: Option<Place>,
    /// Only entries of this kind.
    #[param(inline, required = false)]
    kind: Option<EntryKind>,
    /// Only entries made then or later.
    #[param(inline, required = false)]
    from: Option<Moment>,
    /// Only entries made before.
    #[param(inline, required = false)]
    until: Option<Moment>,
    /// Only entries about this message.
    #[param(inline, required = false)]
    message_id: Option<MessageId>,
    /// Only entries that follow from this.
    #[param(inline, required = false)]
    reference: Option<Text<255>>,
}

/// Lists the ledger, the latest entry first.
#[utoipa::path(get, path = "/v1/credits/entries", params(EntriesQuery), responses((status = 200, body = Listing<EntryView>)))]
async fn entries(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, EntriesQuery>,
) -> Answer<Listing<EntryView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let filter = EntryFilter {
        kind: query.kind.map(|Word(kind)| kind),
        from: query.from.map(|Moment(from)| from),
        until: query.until.map(|Moment(until)| until),
        message: query.message_id.map(|Id(message)| message),
        reference: query.reference.map(|Text(reference)| reference),
    };
    let page = app.store.entries_page(&filter, query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, EntryView::from)))
}
