//! What a file is by its first bytes, held against what it is said to be.

/// A form of files that its first bytes tell.
struct Form {
    name: &'static str,
    /// The types that have it; the first one is meant where nobody says which.
    types: &'static [&'static str],
    is: fn(&[u8]) -> bool,
}

const FORMS: [Form; 10] = [
    Form { name: "a PDF", types: &["application/pdf"], is: |start| has(start, b"%PDF-") },
    Form { name: "a JPEG image", types: &["image/jpeg"], is: |start| start.starts_with(b"\xff\xd8\xff") },
    Form { name: "a PNG image", types: &["image/png"], is: |start| start.starts_with(b"\x89PNG\r\n\x1a\n") },
    Form { name: "a GIF image", types: &["image/gif"], is: |start| start.starts_with(b"GIF8") },
    Form {
        name: "a WebP image",
        types: &["image/webp"],
        is: |start| start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP"),
    },
    Form {
        name: "an MP4 file",
        types: &["video/mp4", "audio/mp4", "video/3gpp", "audio/x-m4a", "video/quicktime"],
        is: |start| start.get(4..8) == Some(b"ftyp"),
    },
    Form {
        name: "an Ogg file",
        types: &["audio/ogg", "video/ogg", "application/ogg"],
        is: |start| start.starts_with(b"OggS"),
    },
    Form {
        name: "a ZIP file",
        types: &[
            "application/zip",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
        ],
        is: |start| start.starts_with(b"PK\x03\x04"),
    },
    Form {
        name: "a document of old Office",
        types: &["application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"],
        is: |start| start.starts_with(b"\xd0\xcf\x11\xe0"),
    },
    PAGE,
];
const PAGE: Form = Form { name: "a page of the web", types: &["text/html", "application/xhtml+xml"], is: is_page };

fn has(start: &[u8], part: &[u8]) -> bool {
    start.windows(part.len()).any(|window| window == part)
}

fn is_page(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}

/// The type that the first bytes tell, if they do.
pub fn sniffed(start: &[u8]) -> Option<&'static str> {
    FORMS.iter().find(|form| (form.is)(start)).and_then(|form| form.types.first().copied())
}

/// What the first bytes say against the type: that they have not the form which it has, or that they are a page, as which a
/// system says that it will not give a file.
pub fn check_type(mime_type: &str, start: &[u8]) -> Result<(), String> {
    let essence = super::essence(mime_type);
    let found = FORMS.iter().find(|form| (form.is)(start));
    let said = FORMS.iter().find(|form| form.types.contains(&essence.as_str()));
    match (said, found) {
        (Some(said), Some(found)) if said.name == found.name => Ok(()),
        (Some(_), Some(found)) => Err(format!("is {} and not {essence}", found.name)),
        (Some(said), None) => Err(format!("is not {}, as {essence} would be", said.name)),
        (None, Some(found)) if found.name == PAGE.name => Err(format!("is {} and not {essence}", found.name)),
        (None, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_held_against_the_first_bytes() {
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (mime_type, start, expected) in [
            ("application/pdf", b"%PDF-1.7\n".as_slice(), ""),
            ("Application/PDF; version=1", b"\xef\xbb\xbf%PDF-1.7\n", ""),
            ("application/pdf", b"<!DOCTYPE html><html>", "is a page of the web and not application/pdf"),
            ("application/pdf", b"not found", "is not a PDF"),
            ("application/pdf", b"", "is not a PDF"),
            ("image/png", b"\xff\xd8\xff\xe0", "is a JPEG image and not image/png"),
            ("image/jpeg", b"\xff\xd8\xff\xe0", ""),
            ("video/mp4", b"\0\0\0\x18ftypmp42", ""),
            (docx, b"PK\x03\x04", ""),
            (docx, b"%PDF-1.7", "is a PDF"),
            ("text/plain", b"Hello", ""),
            ("text/plain", b"  <html>", "is a page"),
            ("text/html", b"<html>", ""),
            ("application/x-own", b"%PDF-1.7", ""),
        ] {
            let said = check_type(mime_type, start).err().unwrap_or_default();
            assert_eq!(said.is_empty(), expected.is_empty(), "{mime_type}: {said}");
            assert!(said.starts_with(expected), "{mime_type}: {said}");
        }
        assert_eq!(sniffed(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(sniffed(b"PK\x03\x04"), Some("application/zip"));
        assert_eq!(sniffed(b"Hello"), None);
    }
}
