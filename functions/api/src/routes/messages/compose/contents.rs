//! What a message says, for the OpenAPI document. `whatsapp` holds the rules and checks them; here stands what a caller
//! needs to write one.
use serde_json::Value;
use utoipa::ToSchema;

/// The member of the message's type. Names and meanings are the Cloud API's.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
pub(super) struct Contents {
    text: Option<TextContent>,
    image: Option<CaptionedFile>,
    video: Option<CaptionedFile>,
    audio: Option<Audio>,
    document: Option<Document>,
    sticker: Option<Sticker>,
    location: Option<Location>,
    /// Up to 257 cards.
    #[schema(max_items = 257)]
    contacts: Option<Vec<ContactCard>>,
    reaction: Option<Reaction>,
    interactive: Option<Interactive>,
    template: Option<TemplateContent>,
    canned_text: Option<CannedTextContent>,
}

#[derive(ToSchema)]
#[schema(as = CannedTextMessage)]
#[expect(dead_code, reason = "describes; the canned text takes its place before it is read")]
struct CannedTextContent {
    id: crate::fields::CannedTextId,
}

#[derive(ToSchema)]
#[schema(as = Text)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TextContent {
    /// Longer with `split`.
    #[schema(min_length = 1, max_length = 4096)]
    body: String,
    /// Whether WhatsApp shows a preview of the first address in it.
    preview_url: Option<bool>,
}

/// Either `id`, of a file uploaded to WhatsApp, or `link`, an address that WhatsApp fetches and keeps for ten minutes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct CaptionedFile {
    id: Option<String>,
    link: Option<String>,
    #[schema(max_length = 1024)]
    caption: Option<String>,
}

/// Either `id` or `link`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Audio {
    id: Option<String>,
    link: Option<String>,
    /// Shown as a voice note; needs Ogg with Opus.
    voice: Option<bool>,
}

/// Either `id` or `link`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Document {
    id: Option<String>,
    link: Option<String>,
    #[schema(max_length = 1024)]
    caption: Option<String>,
    filename: Option<String>,
}

/// Either `id` or `link`; WebP.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Sticker {
    id: Option<String>,
    link: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Location {
    /// A number from -90 to 90, also as a string.
    latitude: Value,
    /// A number from -180 to 180, also as a string.
    longitude: Value,
    name: Option<String>,
    address: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct ContactCard {
    /// `formatted_name` and one of `first_name`, `last_name`, `middle_name`, `prefix`, `suffix`.
    name: Value,
    /// `{phone, type?, wa_id?}` each.
    phones: Option<Vec<Value>>,
    /// `{email, type?}` each.
    emails: Option<Vec<Value>>,
    /// `{url, type?}` each.
    urls: Option<Vec<Value>>,
    /// `{street?, city?, state?, zip?, country?, country_code?, type?}` each.
    addresses: Option<Vec<Value>>,
    /// `{company?, department?, title?}`.
    org: Option<Value>,
    /// YYYY-MM-DD.
    birthday: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Reaction {
    /// The wamid or our id of a message of this conversation, at most 30 days old and not a reaction itself.
    message_id: String,
    /// Empty takes the reaction back.
    #[schema(max_length = 16)]
    emoji: String,
}

/// Its `type` is one of: `button` (up to 3, titles of 20 characters that differ), `list` (up to 10 rows in up to 10
/// sections), `cta_url`, `flow`, `product`, `product_list` (up to 30 products), `catalog_message`,
/// `location_request_message`, `address_message`, `call_permission_request`, `voice_call`, `carousel` (2 to 10 cards of one
/// kind), `request_contact_info`, `order_details`, `order_status`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct Interactive {
    #[schema(example = "list")]
    r#type: String,
    /// `{type: text, text}` of at most 60 characters, or `{type: image|video|document, <type>: {id|link}}` where the kind
    /// takes one; `list` and `product_list` take text only.
    header: Option<Value>,
    /// `{text}`: at most 1024 characters, of a list 4096.
    body: Option<Value>,
    /// `{text}`: at most 60 characters.
    footer: Option<Value>,
    /// What can be tapped, as the kind has it.
    action: Value,
}

#[derive(ToSchema)]
#[schema(as = TemplateMessage)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TemplateContent {
    #[schema(min_length = 1, max_length = 512)]
    name: String,
    language: TemplateLanguage,
    /// As in the Cloud API: `header`, `body`, `button`, `carousel`, `limited_time_offer`, `tap_target_configuration`, each
    /// with its `parameters`; texts of parameters have at most 1024 characters, carousels at most 10 cards. Beside a
    /// parameter's text may stand a `fallback` for when it is missing; a header takes a file of ours by `attachment_id`.
    components: Option<Vec<Value>>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes; `whatsapp` checks")]
struct TemplateLanguage {
    #[schema(min_length = 1, max_length = 16, example = "en_US")]
    code: String,
    /// `deterministic`.
    policy: Option<String>,
}
