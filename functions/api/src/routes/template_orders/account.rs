//! Which account is meant.
use std::collections::BTreeSet;

use crate::App;
use crate::fields::{ChannelId, MetaId};
use crate::problem::{FieldError, Problem};

/// Named by exactly one of the two.
pub(super) async fn of_body(
    app: &App,
    waba_id: Option<MetaId>,
    channel_id: Option<ChannelId>,
) -> Result<String, Problem> {
    match (waba_id, channel_id) {
        (None, None) => {
            Err(Problem::InvalidInput(vec![FieldError::new("waba_id", "is missing; give it or channel_id")]))
        }
        (Some(_), Some(_)) => Err(Problem::field("channel_id", "must not be given together with waba_id")),
        (Some(waba_id), None) => known(app, waba_id).await,
        (None, Some(channel_id)) => {
            let channel = app.store.channel_get(&channel_id.0).await?;
            Ok(channel.ok_or_else(|| Problem::unknown("channel_id", "is not the id of a channel"))?.waba_id)
        }
    }
}

/// The only account that there is need not be named.
pub(in crate::routes) async fn of_query(app: &App, waba_id: Option<MetaId>) -> Result<String, Problem> {
    if let Some(waba_id) = waba_id {
        return known(app, waba_id).await;
    }
    let mut accounts: BTreeSet<String> = app.store.channels_all().await?.into_iter().map(|c| c.waba_id).collect();
    match (accounts.pop_first(), accounts.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Problem::field("waba_id", "is missing; there are several accounts")),
        (None, _) => Err(Problem::unknown("waba_id", "is not the account of a channel")),
    }
}

async fn known(app: &App, MetaId(waba_id): MetaId) -> Result<String, Problem> {
    let is_known = app.store.channels_all().await?.iter().any(|channel| channel.waba_id == waba_id);
    if is_known { Ok(waba_id) } else { Err(Problem::unknown("waba_id", "is not the account of a channel")) }
}
