//! An S3 bucket that nobody but its account may read.

use std::time::Duration;

use super::fields::Fields;
use super::model::Bucket;
use super::symbols::Symbol;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn read(logical_id: String, symbol: &Symbol, mut fields: Fields<'_>) -> Bucket {
    // The local endpoint knows no anonymous caller and no access lists, so that these are granted.
    fields.needs(&["PublicAccessBlockConfiguration"]);
    if let Some(mut access) = fields.fields("PublicAccessBlockConfiguration") {
        let keys = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
        access.needs(&keys);
        for key in keys {
            access.choice(key, &[("true", ())]);
        }
    }
    if let Some(mut ownership) = fields.fields("OwnershipControls") {
        for mut rule in ownership.items("Rules") {
            rule.choice("ObjectOwnership", &[("BucketOwnerEnforced", ())]);
        }
    }
    if let Some(mut encryption) = fields.fields("BucketEncryption") {
        for mut rule in encryption.items("ServerSideEncryptionConfiguration") {
            if let Some(mut default) = rule.fields("ServerSideEncryptionByDefault") {
                default.choice("SSEAlgorithm", &[("AES256", ())]);
            }
        }
    }
    // Without effect here: the local endpoint asks no browser where its page is from.
    if let Some(mut cors) = fields.fields("CorsConfiguration") {
        for mut rule in cors.items("CorsRules") {
            rule.needs(&["AllowedOrigins", "AllowedMethods"]);
            for key in ["AllowedOrigins", "AllowedMethods", "AllowedHeaders"] {
                rule.texts(key);
            }
            rule.number("MaxAge", 0..=86_400_u32);
        }
    }
    let expire_after = fields.fields("LifecycleConfiguration").and_then(|lifecycle| lifecycle_rule(lifecycle));
    let arn = symbol.attribute("Arn").unwrap_or_default().to_owned();
    Bucket { logical_id, name: symbol.reference.clone(), arn, expire_after }
}

/// One rule, for the whole bucket.
fn lifecycle_rule(mut lifecycle: Fields<'_>) -> Option<Duration> {
    let mut rules = lifecycle.items("Rules").into_iter();
    let mut rule = rules.next()?;
    rule.needs(&["Status", "ExpirationInDays"]);
    rule.text("Id");
    let enabled = rule.choice("Status", &[("Enabled", true), ("Disabled", false)]);
    let days = rule.number("ExpirationInDays", 1..=36_500_u32);
    if let Some(second) = rules.next() {
        lifecycle.report(second.line, "one rule is understood, for the whole bucket");
    }
    days.filter(|_| enabled == Some(true)).map(|days| DAY * days)
}
