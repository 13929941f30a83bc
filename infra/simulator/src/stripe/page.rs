//! The page that a buyer pays at: what is bought, a button for each test card, and a way back. A form for people, and for tests.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;

use super::amounts::shown;
use super::cards::{CARDS, Card};
use super::desk::Desk;
use super::form::Form;
use crate::core::Core;
use crate::graph::parameters;
use crate::state::stripe::Session;

/// What the way back is called in the form.
const CANCEL: &str = "cancel";

pub(crate) async fn show(State(core): State<Arc<Core>>, Path(id): Path<String>) -> Response {
    page(&core, &id, None)
}

/// `card=<name or number>` pays, `card=cancel` goes back.
pub(crate) async fn pay(State(core): State<Arc<Core>>, Path(id): Path<String>, body: String) -> Response {
    let form = Form(parameters(&body));
    let card = form.text("card").unwrap_or_default();
    let Some(session) = core.read(|state| state.stripe.sessions.get(&id).cloned()) else { return gone() };
    if card == CANCEL {
        return Redirect::to(session.cancel_url.as_deref().unwrap_or(&session.success_url)).into_response();
    }
    match core.write(|state| Desk { core: &core, state, key: None }.pay(&id, card)) {
        Ok(()) => Redirect::to(&session.success_url.replace("{CHECKOUT_SESSION_ID}", &id)).into_response(),
        Err(error) => page(&core, &id, Some(&error.message)),
    }
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, Html("<p>There is no such Checkout Session.</p>")).into_response()
}

fn page(core: &Core, id: &str, problem: Option<&str>) -> Response {
    match core.read(|state| state.stripe.sessions.get(id).cloned()) {
        Some(session) => Html(written(&session, problem)).into_response(),
        None => gone(),
    }
}

fn written(session: &Session, problem: Option<&str>) -> String {
    let (title, amount) = (plain(&session.title), shown(session.amount, &session.currency));
    let problem = problem.map(|problem| format!("<p role=\"alert\">{}</p>", plain(problem))).unwrap_or_default();
    let choices = match session.status.as_str() {
        "open" => {
            let cards: String = CARDS.iter().map(button).collect();
            format!("<form method=\"post\">{cards}<button name=\"card\" value=\"{CANCEL}\">Cancel</button></form>")
        }
        status => format!("<p>This page is over: {status}, {}.</p>", session.payment_status),
    };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:16px sans-serif;max-width:32em;margin:3em auto}}button{{display:block;margin:.4em 0}}</style>\
         <h1>{title}</h1><p><strong>{amount}</strong></p>{problem}{choices}<p>Simulated: no money moves.</p></html>"
    )
}

fn button(card: &Card) -> String {
    let name = card.name.trim_start_matches("pm_");
    format!("<button name=\"card\" value=\"{}\">Pay by {} ({name})</button>", card.name, card.number)
}

fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
