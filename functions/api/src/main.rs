//! `api`: the REST API behind `ANY /v1/{proxy+}`.
use std::process::ExitCode;

use api::{App, Files};
use runtime::Fatal;
use store::Store;

fn main() -> ExitCode {
    runtime::start(async |boot| {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let files = Files::new(boot.aws.clone(), boot.env("MEDIA_BUCKET")?, &boot.env("MEDIA_SCAN")?);
        let app = App::new(store, boot.secret(boot.env("ADMIN_KEY_PARAMETER")?), files);
        boot.warm_dynamodb().await;
        lambda_http::run(api::router(app)).await.map_err(Fatal::Lambda)
    })
}
