//! What WhatsApp takes as a file: types and sizes per kind, and the containers that it only claims to take (P22).
use domain::attachment::MediaKind;

use crate::send::Violation;

mod sniff;

pub use sniff::{check_type, sniffed};

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

/// The largest file of all.
pub const SIZE_MAX: u64 = 100 * MB;
const STICKER_STATIC_MAX: u64 = 100 * KB;
/// How much of a file [`check_start`] needs to see.
pub const START: usize = 64;

/// A kind with the types that it takes, of which none means any, and its largest file.
struct Limits {
    kind: MediaKind,
    types: &'static [&'static str],
    size_max: u64,
}

const LIMITS: [Limits; 6] = [
    Limits { kind: MediaKind::Image, types: &["image/jpeg", "image/png"], size_max: 5 * MB },
    Limits { kind: MediaKind::Sticker, types: &["image/webp"], size_max: 500 * KB },
    Limits { kind: MediaKind::Voice, types: &["audio/ogg"], size_max: 16 * MB },
    Limits {
        kind: MediaKind::Audio,
        types: &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
        size_max: 16 * MB,
    },
    Limits { kind: MediaKind::Video, types: &["video/mp4", "video/3gpp"], size_max: 16 * MB },
    Limits { kind: MediaKind::Document, types: &[], size_max: SIZE_MAX },
];

fn limits(kind: MediaKind) -> &'static Limits {
    let [.., document] = &LIMITS;
    LIMITS.iter().find(|limits| limits.kind == kind).unwrap_or(document)
}

/// The type without its parameters, in lower case.
fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `type/subtype`, with parameters or without.
pub fn is_mime_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    is_printable && essence(text).split_once('/').is_some_and(|(kind, name)| is_token(kind) && is_token(name))
}

/// What a file of this type shows as, unless somebody says otherwise.
pub fn usual_kind(mime_type: &str) -> MediaKind {
    let found = LIMITS.iter().filter(|limits| limits.kind != MediaKind::Voice);
    let mut found = found.filter(|limits| limits.types.contains(&essence(mime_type).as_str()));
    found.next().map_or(MediaKind::Document, |limits| limits.kind)
}

/// Whether WhatsApp takes such a file as `kind`; what it says is about the fields `mime_type` and `size`.
pub fn check_file(kind: MediaKind, mime_type: &str, size: u64) -> Vec<Violation> {
    let Limits { types, size_max, .. } = limits(kind);
    let mut violations = Vec::new();
    if !types.is_empty() && !types.contains(&essence(mime_type).as_str()) {
        let message = format!("is not taken as {kind}: it must be one of {}", types.join(", "));
        violations.push(Violation { field: "mime_type".to_owned(), limit: None, message });
    }
    if size == 0 {
        violations.push(Violation { field: "size".to_owned(), limit: None, message: "must not be 0".to_owned() });
    } else if size > *size_max {
        let message = format!("must not be more than {size_max} bytes for {kind}");
        violations.push(Violation { field: "size".to_owned(), limit: usize::try_from(*size_max).ok(), message });
    }
    violations
}

/// What the first bytes of a file say against it. WhatsApp plays a voice message only if it is Opus in Ogg, whatever its
/// name and type are, and takes stickers of up to 100 KB unless they move.
pub fn check_start(kind: MediaKind, start: &[u8], size: u64) -> Result<(), String> {
    match kind {
        MediaKind::Voice => {
            let has = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
            if !start.starts_with(b"OggS") || !has(b"OpusHead") {
                return Err("is no Ogg file with Opus in it, which is all that plays as a voice message".to_owned());
            }
            // The byte behind the version says how many channels there are.
            let head = start.windows(8).position(|window| window == b"OpusHead");
            let channels = head.and_then(|at| start.get(at.checked_add(9)?)).copied();
            if channels == Some(1) { Ok(()) } else { Err("must be mono to play as a voice message".to_owned()) }
        }
        MediaKind::Sticker => {
            let is_webp = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
            let moves = start.get(12..16) == Some(b"VP8X") && start.get(20).is_some_and(|flags| flags & 2 != 0);
            match is_webp {
                false => Err("is no WebP file".to_owned()),
                true if !moves && size > STICKER_STATIC_MAX => {
                    Err(format!("must not have more than {STICKER_STATIC_MAX} bytes as a sticker that does not move"))
                }
                true => Ok(()),
            }
        }
        MediaKind::Image | MediaKind::Video | MediaKind::Audio | MediaKind::Document => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MediaKind::{Audio, Document, Image, Sticker, Video, Voice};

    #[test]
    fn every_kind_has_its_types_and_its_size() {
        for (kind, mime_type, size, is_good) in [
            (Image, "image/jpeg", 5 * MB, true),
            (Image, "image/jpeg", 5 * MB + 1, false),
            (Image, "IMAGE/PNG", 1, true),
            (Image, "image/gif", 1, false),
            (Sticker, "image/webp", 500 * KB, true),
            (Sticker, "image/webp", 500 * KB + 1, false),
            (Sticker, "image/png", 1, false),
            (Audio, "audio/mpeg", 16 * MB, true),
            (Audio, "audio/wav", 1, false),
            (Voice, "audio/ogg; codecs=opus", 16 * MB, true),
            (Voice, "audio/mpeg", 1, false),
            (Video, "video/3gpp", 16 * MB, true),
            (Video, "video/quicktime", 1, false),
            (Document, "application/zip", 100 * MB, true),
            (Document, "application/pdf", 100 * MB + 1, false),
            (Document, "application/pdf", 0, false),
        ] {
            assert_eq!(check_file(kind, mime_type, size).is_empty(), is_good, "{kind} {mime_type} {size}");
        }
        assert_eq!(check_file(Image, "image/gif", 6 * MB).len(), 2);
        assert_eq!(check_file(Image, "image/png", 6 * MB)[0].limit, Some(5_242_880));
    }

    #[test]
    fn a_type_has_a_usual_kind() {
        for (mime_type, kind) in [
            ("image/png", Image),
            ("image/webp", Sticker),
            ("image/gif", Document),
            ("audio/ogg; codecs=opus", Audio),
            ("video/mp4", Video),
            ("application/pdf", Document),
        ] {
            assert_eq!(usual_kind(mime_type), kind, "{mime_type}");
        }
    }

    #[test]
    fn types_are_told_from_other_texts() {
        for (text, is_one) in [
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", true),
            ("audio/ogg; codecs=opus", true),
            ("pdf", false),
            ("a/b/c", false),
            ("text/plain\r\nx: y", false),
            ("", false),
        ] {
            assert_eq!(is_mime_type(text), is_one, "{text}");
        }
    }

    fn ogg(codec: &[u8], channels: u8) -> Vec<u8> {
        [b"OggS".as_slice(), &[0; 24], codec, &[1, channels, 0, 0]].concat()
    }

    fn webp(chunk: &[u8], flags: u8) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP".as_slice(), chunk, &[10, 0, 0, 0, flags, 0]].concat()
    }

    #[test]
    fn the_container_counts_and_not_the_name() {
        for (name, kind, start, size, is_good) in [
            ("opus in ogg", Voice, ogg(b"OpusHead", 1), 1, true),
            ("stereo", Voice, ogg(b"OpusHead", 2), 1, false),
            ("vorbis in ogg", Voice, ogg(b"\x01vorbis\0", 1), 1, false),
            ("mp3 with another name", Voice, b"ID3\x04".to_vec(), 1, false),
            ("nothing", Voice, vec![], 0, false),
            ("any audio", Audio, b"ID3\x04".to_vec(), 1, true),
            ("a still sticker", Sticker, webp(b"VP8 ", 0), 100 * KB, true),
            ("a large still sticker", Sticker, webp(b"VP8X", 0), 100 * KB + 1, false),
            ("a moving sticker", Sticker, webp(b"VP8X", 2), 500 * KB, true),
            ("a png as sticker", Sticker, b"\x89PNG".to_vec(), 1, false),
        ] {
            assert_eq!(check_start(kind, &start, size).is_ok(), is_good, "{name}");
        }
    }
}
