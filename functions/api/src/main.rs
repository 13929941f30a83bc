//! `api`: the REST API behind `ANY /v1/{proxy+}`.
use std::process::ExitCode;

use api::{App, Files, Meta};
use runtime::Fatal;
use store::Store;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let files = Files::new(boot.aws.clone(), boot.env("MEDIA_BUCKET")?, &boot.env("MEDIA_SCAN")?);
        let token = boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?);
        let meta = Meta::new(token, (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?));
        let outside = (boot.outside(&boot.env("OUTSIDE_ADDRESSES")?)?, boot.vault(boot.env("OUTSIDE_SECRETS_PATH")?));
        let app = App::new(store, boot.secret(boot.env("ADMIN_KEY_PARAMETER")?), files, meta, outside);
        let app = app.with_live(&boot.env("LIVE_URL")?);
        boot.warm_dynamodb().await;
        lambda_http::run(api::router(app)).await.map_err(Fatal::Lambda)
    })
}
