//! Which addresses may be called: their form, and the networks that are nobody's own.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::outside::guard::OutsideError;

const ADDRESS_CHARACTERS_MAX: usize = 2048;
const NAME_CHARACTERS_MAX: usize = 253;
const LABEL_CHARACTERS_MAX: usize = 63;
/// Last labels of names that lead into a network of one's own, or nowhere.
const OWN_NAMES: [&str; 8] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"];

/// What the deployment lets addresses be that were given to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Of the public internet, over TLS.
    Public,
    /// Also of one's own network and this machine, the latter without TLS as well. What no peer has stays refused:
    /// link-local addresses, among them those that hand out a function's credentials, and multicast.
    Any,
}

impl Allowed {
    pub fn parse(word: &str) -> Option<Allowed> {
        match word {
            "public" => Some(Allowed::Public),
            "any" => Some(Allowed::Any),
            _ => None,
        }
    }

    pub(crate) fn admits(self, address: IpAddr) -> bool {
        match self {
            Allowed::Public => is_public(address),
            Allowed::Any => is_public(address) || is_own(address),
        }
    }
}

/// Whether a text has the form of an address that may be called. Numbers in place of a host are checked here, names when
/// they are resolved.
pub fn check_form(address: &str, allowed: Allowed) -> Result<Uri, OutsideError> {
    if address.len() > ADDRESS_CHARACTERS_MAX {
        return Err(OutsideError::TooLong { most: ADDRESS_CHARACTERS_MAX });
    }
    let uri: Uri = address.parse().map_err(|_| OutsideError::Form)?;
    let (Some(scheme), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host()) else {
        return Err(OutsideError::Form);
    };
    if authority.as_str().contains('@') {
        return Err(OutsideError::Credentials);
    }
    if authority.as_str().len() != host.len() && uri.port_u16().is_none_or(|port| port == 0) {
        return Err(OutsideError::Form);
    }
    let literal = literal(host);
    let is_here = host == "localhost" || literal.is_some_and(|address| address.is_loopback());
    match scheme {
        "https" => {}
        "http" if allowed == Allowed::Any && is_here => {}
        _ => return Err(OutsideError::NotHttps),
    }
    match literal {
        Some(address) if allowed.admits(address) => Ok(uri),
        Some(address) => Err(OutsideError::Refused { host: host.to_owned(), address }),
        None if is_name(host, allowed) => Ok(uri),
        None => Err(OutsideError::Host { host: host.to_owned() }),
    }
}

/// A host that is an address. What a resolver would read as one too (`127.1`, `0x7f000001`, `2130706433`) is none here, and
/// no name either.
fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

fn is_name(host: &str, allowed: Allowed) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_CHARACTERS_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    // No top-level domain begins with a digit, and every way to write a number does.
    let is_number = last.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_formed = host.len() <= NAME_CHARACTERS_MAX && host.split('.').all(is_label) && !is_number;
    match allowed {
        Allowed::Public => is_formed && host.contains('.') && !OWN_NAMES.contains(&last.as_str()),
        Allowed::Any => is_formed,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By IANA's registry of special-purpose addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [169, 254, ..] | [192, 168, ..] => true,
        [172, second, ..] => (16..32).contains(&second),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        [first, ..] => first >= 224,
    };
    !special
}

/// Only what is handed out to networks (2000::/3), less the parts of it that carry another address inside (Teredo, 6to4) or
/// are for protocols and examples. That leaves out mapped and translated IPv4 addresses, and every kind of local one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

fn is_own(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || address.is_loopback() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() && !is_metadata(address),
    }
}

/// Where EC2 answers with credentials over IPv6.
fn is_metadata(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0xfd00, 0xec2, ..])
}
