//! Declares the routes of one area of the API. Where a handler is mounted stands in its `#[utoipa::path]` alone; the
//! document is made from the same attributes, but only by the test that keeps `infra/openapi.json` current, so that
//! nothing of it is built when the function starts.
use axum::handler::Handler;
use axum::routing::{MethodRouter, on};
use utoipa::Path;
use utoipa_axum::PathItemExt;

use crate::App;

/// What a route asks of its caller.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Not even a key.
    Open,
    /// A key, whatever it may.
    Anyone,
    Needs(domain::access::Permission),
}

/// `area! { ReadSetup: list, read; ManageSetup: create; }` mounts each handler behind the permission before it; `open`
/// stands for routes that need no key, `anyone` for those that need one and no permission.
macro_rules! area {
    ($($access:ident: $($handler:ident),+;)+) => {
        pub(crate) fn router(app: &$crate::App) -> axum::Router<$crate::App> {
            let router = axum::Router::new();
            $($(
                let (path, route) = pastey::paste! { $crate::area::place::<[<__path_ $handler>], _, _>($handler) };
                let router = router.route(&path, $crate::area::area!(@protect app $access route));
            )+)+
            router
        }

        #[cfg(test)]
        pub(crate) fn document() -> Vec<($crate::area::Access, utoipa::openapi::OpenApi)> {
            vec![$({
                #[derive(utoipa::OpenApi)]
                #[openapi(paths($($handler),+))]
                struct Part;
                ($crate::area::area!(@permission $access), <Part as utoipa::OpenApi>::openapi())
            }),+]
        }
    };
    (@protect $app:ident open $route:ident) => {{
        // The parameter is unused where all of an area is open.
        let _: &$crate::App = $app;
        $route
    }};
    (@protect $app:ident anyone $route:ident) => {
        $crate::auth::protect($app, None, $route)
    };
    (@protect $app:ident $permission:ident $route:ident) => {
        $crate::auth::protect($app, Some(domain::access::Permission::$permission), $route)
    };
    (@permission open) => { $crate::area::Access::Open };
    (@permission anyone) => { $crate::area::Access::Anyone };
    (@permission $permission:ident) => { $crate::area::Access::Needs(domain::access::Permission::$permission) };
}
pub(crate) use area;

/// Where `P` says that `handler` is to be mounted.
pub(crate) fn place<P: Path, H: Handler<T, App>, T: 'static>(handler: H) -> (String, MethodRouter<App>) {
    let methods = P::methods().iter().map(PathItemExt::to_method_filter).reduce(|all, method| all.or(method));
    (P::path(), methods.map_or_else(MethodRouter::new, |methods| on(methods, handler)))
}
