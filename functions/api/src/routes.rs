//! The routes, a file per area.
use axum::Router;

use crate::App;

mod adjustments;
mod api_keys;
mod attachments;
mod audit;
mod auto_recharge;
mod canned_texts;
mod channels;
mod consents;
mod contact_fields;
mod contact_imports;
mod contact_merges;
mod contact_timeline;
mod contacts;
mod conversations;
mod costs;
mod credits;
mod document_sources;
mod events;
mod groups;
mod handling;
mod live;
mod me;
mod messages;
mod notes;
mod notifications;
mod operations;
mod rates;
mod reconciliations;
mod scheduled;
mod settings;
mod template_fallbacks;
mod template_library;
mod template_orders;
mod templates;
mod top_ups;
mod users;
mod views;
mod webhooks;

macro_rules! areas {
    ($($area:ident),+ $(,)?) => {
        pub(crate) fn router(app: &App) -> Router<App> {
            Router::new()$(.merge($area::router(app)))+
        }

        /// Each part of the document, with the permission that its operations ask for.
        #[cfg(test)]
        pub(crate) fn documents() -> Vec<(crate::area::Access, utoipa::openapi::OpenApi)> {
            [$($area::document()),+].into_iter().flatten().collect()
        }
    };
}

areas!(
    channels,
    contacts,
    contact_fields,
    contact_imports,
    contact_merges,
    contact_timeline,
    consents,
    conversations,
    handling,
    notes,
    views,
    messages,
    notifications,
    live,
    scheduled,
    canned_texts,
    attachments,
    templates,
    template_fallbacks,
    template_orders,
    template_library,
    credits,
    rates,
    adjustments,
    top_ups,
    auto_recharge,
    costs,
    reconciliations,
    events,
    webhooks,
    document_sources,
    users,
    groups,
    api_keys,
    me,
    audit,
    settings,
    operations
);
