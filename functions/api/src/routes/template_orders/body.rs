//! The bodies of orders. The members have Meta's own names and are all checked by `whatsapp`, so that everything that is
//! wrong is named at once.
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::fields::{ChannelId, MetaId};

/// Exactly one of `waba_id` and `channel_id`. All other members are Meta's.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewTemplate {
    pub(super) waba_id: Option<MetaId>,
    /// The template is for this channel's account.
    pub(super) channel_id: Option<ChannelId>,
    #[serde(flatten)]
    #[schema(value_type = TemplateDraft)]
    pub(super) template: Map<String, Value>,
}

/// Either `components` or `library_template_name`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
pub(super) struct TemplateDraft {
    /// Lower-case letters, digits and _.
    #[schema(min_length = 1, max_length = 512)]
    name: String,
    /// As `en_US`.
    language: Option<String>,
    /// Of an authentication template, in place of `language`: each is created or replaced.
    #[schema(min_items = 1, max_items = 50)]
    languages: Option<Vec<String>>,
    /// MARKETING, UTILITY or AUTHENTICATION.
    category: String,
    /// `positional` unless given; or `named`.
    parameter_format: Option<String>,
    components: Option<Vec<Component>>,
    /// 30 to 900 for authentication, 30 to 43200 for utility, 43200 to 2592000 for marketing; -1 is 30 days for the first two.
    message_send_ttl_seconds: Option<i64>,
    /// A template of Meta's library.
    library_template_name: Option<String>,
    #[schema(value_type = Option<Vec<Object>>)]
    library_template_button_inputs: Option<Vec<Value>>,
    #[schema(value_type = Option<Object>)]
    library_template_body_inputs: Option<Value>,
    allow_category_change: Option<bool>,
    cta_url_link_tracking_opted_out: Option<bool>,
    sub_category: Option<String>,
}

/// At least one member.
#[derive(Deserialize, ToSchema)]
pub(super) struct TemplatePatch {
    #[serde(flatten)]
    #[schema(value_type = TemplateChange)]
    pub(super) template: Map<String, Value>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
pub(super) struct TemplateChange {
    /// That of an approved template stays.
    category: Option<String>,
    components: Option<Vec<Component>>,
    message_send_ttl_seconds: Option<i64>,
    cta_url_link_tracking_opted_out: Option<bool>,
}

/// A component as in Meta's documentation. The example of a header that shows a file has a `header_handle` of Meta's or the
/// `attachment_id` of an upload (`POST /v1/attachments`), which is then brought to Meta.
#[derive(ToSchema)]
#[schema(as = TemplateComponent)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Component {
    /// HEADER, BODY, FOOTER, BUTTONS, CAROUSEL, LIMITED_TIME_OFFER, CALL_PERMISSION_REQUEST.
    #[schema(rename = "type")]
    r#type: String,
    /// Of a header: TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, PRODUCT.
    format: Option<String>,
    /// Up to 1024 characters in a body, 60 in a header or footer.
    text: Option<String>,
    #[schema(value_type = Option<Object>)]
    example: Option<Value>,
    #[schema(value_type = Option<Vec<Object>>, max_items = 10)]
    buttons: Option<Vec<Value>>,
    #[schema(value_type = Option<Vec<Object>>, max_items = 10)]
    cards: Option<Vec<Value>>,
    #[schema(value_type = Option<Object>)]
    limited_time_offer: Option<Value>,
    add_security_recommendation: Option<bool>,
    #[schema(minimum = 1, maximum = 90)]
    code_expiration_minutes: Option<i64>,
}
