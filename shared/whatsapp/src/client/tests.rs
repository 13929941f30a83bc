//! What of the client needs no peer.
use super::*;

#[test]
fn ids_and_cursors_cannot_leave_their_place_in_the_address() {
    let client = Client::new(Http::new(None).unwrap(), "http://graph/", "v26.0", Token::new("t").unwrap());
    assert_eq!(client.uri("1065", "messages"), "http://graph/v26.0/1065/messages");
    assert_eq!(client.uri("../x?y", "messages"), "http://graph/v26.0/..%2Fx%3Fy/messages");
}

#[test]
fn a_list_is_tried_again_where_the_failure_may_pass() {
    let refused = |code| ClientError::Refused(GraphError { code: Some(code), ..GraphError::default() });
    assert_eq!(refused(80_007).retry(), Retry::After(RATE_PAUSE));
    assert_eq!(refused(1).retry(), Retry::After(TROUBLE_PAUSE));
    assert_eq!(refused(190).retry(), Retry::Never);
    assert!(refused(190).is_about_credentials());
    let unreadable = |status| ClientError::Unreadable { status, source: ReadError::NotAnObject };
    assert_eq!(unreadable(502).retry(), Retry::After(TROUBLE_PAUSE));
    assert_eq!(unreadable(404).retry(), Retry::Never);
}
