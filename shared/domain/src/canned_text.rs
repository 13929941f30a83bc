//! Canned texts: what the business says often, with merge fields and files, for one user, a group or all.
use crate::ids::{AttachmentId, CannedTextId, GroupId, UserId};
use crate::merge::{MergeText, Module};
use crate::text::{folded, search_words};
use crate::{Time, words};

pub const FILES_MAX: usize = 5;
/// So many words of a name are searched for.
pub const WORDS_MAX: usize = 20;

words! {
    /// Whom a text is for; fixed when it is made, as its fields follow from it.
    pub enum TextModule {
        Contacts = "contacts",
        Leads = "leads",
    }
}

impl TextModule {
    pub fn fields(self) -> Module {
        match self {
            TextModule::Contacts => Module::Contacts,
            TextModule::Leads => Module::Leads,
        }
    }
}

words! {
    /// Who uses a text, as the API says it.
    pub enum ScopeKind {
        All = "all",
        Group = "group",
        Mine = "mine",
    }
}

/// Who uses a text, the nearest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    User(UserId),
    Group(GroupId),
    All,
}

impl Scope {
    pub fn kind(&self) -> ScopeKind {
        match self {
            Scope::User(_) => ScopeKind::Mine,
            Scope::Group(_) => ScopeKind::Group,
            Scope::All => ScopeKind::All,
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Scope::User(id) => id.as_str(),
            Scope::Group(id) => id.as_str(),
            Scope::All => ScopeKind::All.word(),
        }
    }

    pub fn parse(text: &str) -> Option<Scope> {
        if text == ScopeKind::All.word() {
            return Some(Scope::All);
        }
        UserId::parse(text).map(Scope::User).or_else(|| GroupId::parse(text).map(Scope::Group))
    }
}

/// Who looks at texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub user: Option<UserId>,
    pub groups: Vec<GroupId>,
    pub is_admin: bool,
}

impl Reader {
    /// All that they use, the nearest first.
    pub fn scopes(&self) -> Vec<Scope> {
        let own = self.user.iter().cloned().map(Scope::User);
        own.chain(self.groups.iter().cloned().map(Scope::Group)).chain([Scope::All]).collect()
    }

    /// An administrator sees and writes what belongs to others too.
    pub fn may_read(&self, scope: &Scope) -> bool {
        self.is_admin || self.scopes().contains(scope)
    }

    pub fn may_write(&self, scope: &Scope) -> bool {
        self.is_admin || (*scope != Scope::All && self.scopes().contains(scope))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannedText {
    pub id: CannedTextId,
    pub name: String,
    pub module: TextModule,
    pub text: MergeText,
    pub files: Vec<AttachmentId>,
    pub scope: Scope,
    /// By which it is called while one writes; of one scope no two have the same.
    pub shortcut: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// A change that was decided on one revision is written on it or not at all.
    pub revision: i64,
}

impl CannedText {
    /// The words by which it is found.
    pub fn words(&self) -> Vec<String> {
        let mut words = search_words(&self.name);
        words.truncate(WORDS_MAX);
        words
    }

    /// Whether each of the words begins a word of the name.
    pub fn is_found_by(&self, wanted: &[String]) -> bool {
        let words = self.words();
        wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted)))
    }

    pub fn folded_shortcut(&self) -> Option<String> {
        self.shortcut.as_deref().map(folded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_used_by_whom_it_is_for_and_written_by_whom_it_belongs_to() {
        let (ann, bob, sales) = (UserId::derive(&["ann"]), UserId::derive(&["bob"]), GroupId::derive(&["sales"]));
        let scopes = [Scope::User(ann.clone()), Scope::User(bob), Scope::Group(sales.clone()), Scope::All];
        let reader = |user: Option<&UserId>, groups: &[&GroupId], is_admin| Reader {
            user: user.cloned(),
            groups: groups.iter().copied().cloned().collect(),
            is_admin,
        };
        for (reader, reads, writes) in [
            (reader(Some(&ann), &[], false), [true, false, false, true], [true, false, false, false]),
            (reader(Some(&ann), &[&sales], false), [true, false, true, true], [true, false, true, false]),
            (reader(None, &[], false), [false, false, false, true], [false; 4]),
            (reader(Some(&ann), &[], true), [true; 4], [true; 4]),
            (reader(None, &[], true), [true; 4], [true; 4]),
        ] {
            assert_eq!(scopes.each_ref().map(|scope| reader.may_read(scope)), reads, "{reader:?}");
            assert_eq!(scopes.each_ref().map(|scope| reader.may_write(scope)), writes, "{reader:?}");
        }
        for scope in scopes {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::parse("con_00000000000000000000000000"), None);
    }

    #[test]
    fn a_text_is_found_by_the_beginning_of_each_word() {
        let text = CannedText {
            id: CannedTextId::derive(&["1"]),
            name: "Öffnungszeiten am Samstag".to_owned(),
            module: TextModule::Leads,
            text: MergeText::default(),
            files: vec![],
            scope: Scope::All,
            shortcut: Some(" ZEIT".to_owned()),
            created_at: Time::from_millis(0),
            updated_at: Time::from_millis(0),
            revision: 1,
        };
        for (query, is_found) in
            [("off", true), ("SAM öff", true), ("nungs", false), ("off sonntag", false), ("", true)]
        {
            assert_eq!(text.is_found_by(&search_words(query)), is_found, "{query}");
        }
        assert_eq!(text.folded_shortcut().as_deref(), Some("zeit"));
    }
}
