//! Enums of Meta's words. Meta adds words without notice, so each of them has `Unknown` and reading never fails.

/// Declares an open enum: `read` takes Meta's word in any case and with `-` or `_`, `word` gives it back.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that is not known yet.
            Unknown(String),
        }

        impl $name {
            pub fn read(word: &str) -> $name {
                $(if $crate::open::same_word(word, $word) { return $name::$variant; })+
                $name::Unknown(word.to_owned())
            }

            pub fn word(&self) -> &str {
                match self {
                    $($name::$variant => $word,)+
                    $name::Unknown(word) => word,
                }
            }

            pub fn is_known(&self) -> bool {
                !matches!(self, $name::Unknown(_))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use open_enum;

/// Meta writes one word as `authentication-international`, `authentication_international` and in capitals.
pub(crate) fn same_word(left: &str, right: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    left.len() == right.len() && left.bytes().zip(right.bytes()).all(|(left, right)| plain(left) == plain(right))
}
