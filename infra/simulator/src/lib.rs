//! A WhatsApp Cloud API peer: it takes sends as Meta does, refuses what Meta refuses, keeps the customer service window, and
//! tells statuses and customers' messages by signed webhooks. Beside it a Stripe to be paid by. Both can be made to fail.
//! README.md documents the control API.

#![allow(
    clippy::disallowed_methods,
    reason = "a peer outside production: it has the clock of Meta's side, not Casement's"
)]

mod clock;
mod config;
mod control;
mod core;
mod graph;
mod ids;
mod phone;
mod review;
mod socket;
mod state;
mod stripe;
mod webhook;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use config::{Config, Retry};
pub use control::orders::{Choice, ControlError, Preference, Raw, Resume, Signing, TemplateOrder, Told, Verbatim};
pub use control::{Control, Order, StripeKeys};
pub use graph::errors::GraphError;
pub use state::charges::Charge;
pub use state::customers::{Customer, CustomerInput};
pub use state::deliveries::{Attempt, Delivery, DeliveryState, Peer};
pub use state::faults::{Fault, FaultOrder, Operation};
pub use state::media::{Medium, MediumInput, MediumPatch};
pub use state::plans::{PlanOrder, PlannedStatus, PricingOn, Status, StatusPlan};
pub use state::reviews::{Act, Rejection, ReviewOrder, ReviewPlan, Verdict};
pub use state::sends::{Outcome, SendRecord};
pub use state::settings::{Settings, SettingsPatch, TemplateAnswer, TemplateWebhooks, WindowRefusal};
pub use state::stripe::{Event, EventPlan, StripeRequest};
pub use state::templates::Template;
pub use state::uploads::UploadedFile;
pub use stripe::play::StripeAct;
pub use webhook::inbound::{Content, Inbound, InboundContext, Media};
pub use webhook::payload::Shape;

use crate::core::Core;
use socket::{BreakableListener, Link};
use state::State;
use state::snapshot::Snapshot;
use webhook::deliver;

/// A file may have 100 MB, and a control request wraps one in base64.
const LARGEST_BODY: usize = 160 * 1024 * 1024;

/// How long calls in flight may take to end when the simulator stops.
const GRACE: Duration = Duration::from_secs(3);

/// A running simulator. Clones are handles on the same one; all control methods are reached through it.
#[derive(Clone)]
pub struct Simulator {
    control: Control,
    address: SocketAddr,
    server: Arc<Mutex<Option<JoinHandle<std::io::Result<()>>>>>,
}

impl Simulator {
    /// Listens, takes up the kept state if there is one, and goes on delivering what was on its way.
    pub async fn start(config: Config) -> Result<Self> {
        let snapshot = config.data.as_deref().map(Snapshot::open).transpose()?;
        let state = snapshot.as_ref().map_or_else(|| Ok(State::default()), Snapshot::load)?;
        let waiting: Vec<u64> = state.deliveries.values().filter(|one| !one.is_finished()).map(|one| one.id).collect();
        let listener = TcpListener::bind(config.listen).await;
        let listener =
            listener.with_context(|| format!("the WhatsApp simulator cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        let open = state.stripe.sessions.values().filter(|session| session.status == "open");
        let open: Vec<(String, i64)> = open.map(|session| (session.id.clone(), session.expires_at)).collect();
        let core = Arc::new(Core::new(config, state, snapshot, url(address)));
        for id in waiting {
            deliver::start(&core, id);
        }
        review::resume(&core);
        for (id, expires_at) in open {
            stripe::sessions::expire_in_time(&core, &id, expires_at);
        }
        let app = Router::new()
            .route("/_media/{address}", axum::routing::get(graph::media::download))
            .nest("/_control", control::http::router())
            .nest("/stripe", stripe::router())
            .fallback(graph::answer)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(Arc::clone(&core))
            .into_make_service_with_connect_info::<Link>();
        let stopping = Arc::clone(&core);
        let server = axum::serve(BreakableListener(listener), app)
            .with_graceful_shutdown(async move { stopping.stopped().await });
        let server = Arc::new(Mutex::new(Some(tokio::spawn(server.into_future()))));
        tokio::spawn(Arc::clone(&core).keep_house());
        Ok(Self { control: Control { core }, address, server })
    }

    /// Where the Graph side is, as `http://127.0.0.1:40001`; the control API is under `/_control` of it.
    pub fn base_url(&self) -> String {
        url(self.address)
    }

    /// Where Stripe is, in place of `https://api.stripe.com`.
    pub fn stripe_url(&self) -> String {
        format!("{}/stripe", self.base_url())
    }

    pub fn config(&self) -> &Config {
        &self.control.core.config
    }

    /// Ends calls and deliveries in flight and keeps the state, if it is kept.
    pub async fn shutdown(&self) -> Result<()> {
        self.control.core.stop();
        if let Some(server) = self.server.lock().await.take() {
            let abort = server.abort_handle();
            match timeout(GRACE, server).await {
                Ok(ended) => {
                    ended.context("the simulator's server broke off")?.context("the simulator's server failed")?
                }
                Err(_) => abort.abort(),
            }
        }
        self.control.core.save()
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

impl Deref for Simulator {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}
