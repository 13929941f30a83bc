//! Pages and templates as Meta writes them.
use super::*;

#[test]
fn only_paging_next_leads_to_another_page() {
    for (paging, next) in [
        (r#"{"cursors":{"before":"A","after":"B"},"next":"https://graph/x?after=B"}"#, Some("B")),
        (r#"{"cursors":{"before":"A","after":"B"}}"#, None), // P35: the last page has cursors too
        (r#"{"next":"https://graph/x?limit=2&after=C"}"#, Some("C")),
        ("{}", None),
        ("null", None),
    ] {
        let page = Page::read(&format!(r#"{{"data":[],"paging":{paging}}}"#)).unwrap();
        assert_eq!(page.next.as_deref(), next, "{paging}");
    }
    assert!(Page::read(r#"{"success":true}"#).is_err());
    assert!(Page::read("<html>").is_err());
}

#[test]
fn a_template_is_read_with_what_it_takes() {
    let page = Page::read(
        r#"{"data":[{"id":12,"name":"offer","language":"en-US","status":"approved","category":"MARKETING",
            "quality_score":{"score":"UNKNOWN","date":1758754645},"rejected_reason":"NONE","parameter_format":"POSITIONAL",
            "components":[{"type":"header","format":"TEXT","text":"Hi {{1}}"},
              {"type":"BODY","text":"{{2}} then {{1}} and {{2}} {{ }} {{open"},
              {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"No"},{"type":"URL","url":"https://x/{{1}}"}]}]}]}"#,
    );
    let page = page.unwrap();
    let template = &page.templates[0];
    assert_eq!(template.id.as_deref(), Some("12"));
    assert_eq!(template.language.as_deref(), Some("en_US"));
    assert_eq!(template.status, Some(TemplateStatus::Approved));
    assert_eq!(template.quality, Some(QualityScore::Unrated));
    assert_eq!(template.rejected_reason, None);
    assert_eq!(template.parameter_format, Some(ParameterFormat::Positional));
    assert_eq!(template.header_parameters, ["1"]);
    assert_eq!(template.body_parameters, ["1", "2"]);
    assert_eq!(template.url_button_indexes, [1]);
}

#[test]
fn named_placeholders_keep_their_order_and_lists_may_be_maps() {
    let template = WireTemplate::read(
        r#"{"components":{"1":{"type":"BODY","text":"{{zip}} {{name}} {{zip}}"},"0":{"type":"HEADER","format":"IMAGE"}}}"#,
    );
    let template = template.unwrap();
    assert_eq!(template.header_format.as_deref(), Some("IMAGE"));
    assert_eq!(template.body_parameters, ["zip", "name"]);
    assert_eq!((template.id, template.name, template.status), (None, None, None));
}
