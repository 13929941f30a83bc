//! Makes the document from the routes' own attributes, and adds what holds for all of them.
use domain::access::Role;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{AnyOf, ArrayItems, ObjectBuilder, OneOf, Schema, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::area::Access;
use crate::idempotent::{HEADER, KEY_MAX};
use crate::problem::ProblemBody;
use crate::routes;

const SCHEME: &str = "api_key";
const DESCRIPTION: &str = "Casement's REST API. Every answer that is not a success is a problem (RFC 9457) whose `type` \
    says why. Lists take `limit` and `cursor` and answer `items` and `next_cursor`. A POST that creates takes an \
    `Idempotency-Key`: repeating it with the same key and body gives the same answer. Bodies have at most 262144 bytes; \
    an unknown member or parameter is refused with its name.";

fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Casement").version("v1").description(Some(DESCRIPTION));
    let mut document = OpenApiBuilder::new().info(info.build()).build();
    for (access, mut part) in routes::documents() {
        for (path, item) in &mut part.paths.paths {
            for operation in operations(item) {
                complete(path, operation, access);
            }
        }
        assert_distinct(&document, &part);
        document.merge(part);
    }
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.values_mut().for_each(fold_description);
    components.add_security_scheme(SCHEME, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    document
}

/// Where a member's type stands in place and its field has a comment, utoipa describes it as that type and an object at once,
/// which nothing can be: the object is there for the comment alone, which belongs to the type.
fn fold_description(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => object.properties.values_mut().for_each(fold_description),
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                fold_description(items);
            }
        }
        Schema::OneOf(OneOf { items, .. }) | Schema::AnyOf(AnyOf { items, .. }) => {
            items.iter_mut().for_each(fold_description);
        }
        Schema::AllOf(all) => {
            all.items.iter_mut().for_each(fold_description);
            if let [RefOr::T(Schema::Object(kind)), RefOr::T(Schema::Object(comment))] = all.items.as_slice()
                && *comment == ObjectBuilder::new().description(comment.description.clone()).build()
            {
                let mut kind = kind.clone();
                kind.description.clone_from(&comment.description);
                *schema = Schema::Object(kind);
            }
        }
        _ => {}
    }
}

/// Two types under one name would be described as one of them.
fn assert_distinct(document: &OpenApi, part: &OpenApi) {
    let (Some(known), Some(new)) = (&document.components, &part.components) else { return };
    for (name, schema) in &new.schemas {
        let is_same = known.schemas.get(name).is_none_or(|known| known == schema);
        assert!(is_same, "two different schemas are called {name}: rename one with #[schema(as = …)]");
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn complete(path: &str, operation: &mut Operation, access: Access) {
    let area = path.split('/').nth(2).unwrap_or_default();
    operation.tags = Some(vec![area.to_owned()]);
    let name = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(format!("{}_{name}", area.replace(['-', '.'], "_")));
    let is_creating = ["201", "202"].iter().any(|status| operation.responses.responses.contains_key(*status));
    if is_creating {
        operation.parameters.get_or_insert_default().push(idempotency_key().into());
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "Done.".to_owned();
        }
    }
    let problem = Content::new(Some(utoipa::openapi::Ref::from_schema_name(ProblemBody::name())));
    let problem = ResponseBuilder::new()
        .description("A problem; its `type` says which.")
        .content("application/problem+json", problem);
    operation.responses.responses.insert("default".to_owned(), problem.build().into());
    let scopes: [&str; 0] = [];
    let allowed = match access {
        Access::Open => return,
        Access::Anyone => "For everybody with a key or token.".to_owned(),
        Access::Needs(permission) => {
            let roles = Role::ALL.iter().filter(|role| role.may(permission)).map(|role| role.word());
            format!("For role {}; scope `{permission}`.", roles.collect::<Vec<_>>().join(", "))
        }
    };
    operation.security = Some(vec![SecurityRequirement::new(SCHEME, scopes)]);
    let description = operation.description.take().map_or(allowed.clone(), |text| format!("{text}\n\n{allowed}"));
    operation.description = Some(description);
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(KEY_MAX));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Visible ASCII. Remembered for at least 24 hours."))
        .schema(Some(schema.pattern(Some("^[!-~]+$"))))
        .build()
}

#[test]
fn the_header_is_the_one_that_is_read() {
    assert!(idempotency_key().name.eq_ignore_ascii_case(HEADER.as_str()));
}

/// `UPDATE_OPENAPI=1 cargo test -p api` writes it anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's switch, not configuration")]
fn the_checked_in_document_is_what_the_code_says() {
    let generated = format!("{}\n", document().to_pretty_json().unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.json");
        std::fs::write(path, &generated).unwrap();
        return;
    }
    let is_current = generated == super::DOCUMENT;
    assert!(is_current, "infra/openapi.json is stale: run UPDATE_OPENAPI=1 cargo test -p api");
}
