//! Lists: `limit` and `cursor` in, `items` and `next_cursor` out. A cursor begins with the name of its list, so that one
//! of another list is refused.
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use store::{Cursor, Page};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::problem::Problem;

const LIMIT_MAX: usize = 100;
const LIMIT_DEFAULT: usize = 50;
const CURSOR_MAX: usize = 512;

/// How many items a page has at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) usize);

impl Default for Limit {
    fn default() -> Limit {
        Limit(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
        let number: Option<usize> = String::deserialize(deserializer)?.parse().ok();
        let number = number.filter(|number| (1..=LIMIT_MAX).contains(number));
        number.map(Limit).ok_or_else(|| D::Error::custom(format!("must be a whole number from 1 to {LIMIT_MAX}")))
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(LIMIT_MAX));
        number.default(Some(LIMIT_DEFAULT.into())).into()
    }
}

impl ToSchema for Limit {}

/// A place in a list, as the page before gave it.
#[derive(Debug, Deserialize)]
pub(crate) struct Place(String);

impl PartialSchema for Place {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(CURSOR_MAX)).into()
    }
}

impl ToSchema for Place {}

impl Place {
    fn within(&self, list: &str) -> Result<&str, Problem> {
        let place = self.0.strip_prefix(list).and_then(|rest| rest.strip_prefix('.'));
        let place = place.filter(|_| self.0.len() <= CURSOR_MAX);
        place.ok_or_else(|| Problem::field("cursor", "must be the next_cursor of a page of this list"))
    }
}

/// Where the store is to go on in `list`.
pub(crate) fn cursor(place: Option<&Place>, list: &str) -> Result<Option<Cursor>, Problem> {
    let Some(place) = place else { return Ok(None) };
    let cursor = Cursor::parse(place.within(list)?);
    cursor.map(Some).ok_or_else(|| Problem::field("cursor", "must be the next_cursor of a page of this list"))
}

/// Where another system is to go on with `list`, whose own cursor ours holds.
pub(crate) fn foreign(place: Option<&Place>, list: &str) -> Result<Option<String>, Problem> {
    place.map(|place| place.within(list).map(str::to_owned)).transpose()
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    pub(crate) limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline)]
    pub(crate) cursor: Option<Place>,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing<T: ToSchema> {
    pub(crate) items: Vec<T>,
    /// Where the next page starts; null on the last one.
    pub(crate) next_cursor: Option<String>,
}

impl<V: ToSchema> Listing<V> {
    /// A page of the store.
    pub(crate) fn of<T>(list: &str, page: Page<T>, view: impl Fn(T) -> V) -> Listing<V> {
        let next_cursor = page.next.map(|cursor| format!("{list}.{cursor}"));
        Listing { items: page.items.into_iter().map(view).collect(), next_cursor }
    }

    /// A page of a list that is small enough to be read whole; its places are the ids.
    pub(crate) fn part<T>(
        list: &str,
        all: Vec<T>,
        query: &PageQuery,
        id: impl Fn(&T) -> &str,
        view: impl Fn(T) -> V,
    ) -> Result<Listing<V>, Problem> {
        let start = match &query.cursor {
            None => 0,
            Some(place) => {
                let last = place.within(list)?;
                let found = all.iter().position(|item| id(item) == last);
                found.ok_or_else(|| Problem::field("cursor", "must be the next_cursor of a page of this list"))? + 1
            }
        };
        let limit = query.limit.0;
        let is_more = all.len() > start + limit;
        let items: Vec<T> = all.into_iter().skip(start).take(limit).collect();
        let next_cursor = items.last().filter(|_| is_more).map(|last| format!("{list}.{}", id(last)));
        Ok(Listing { items: items.into_iter().map(view).collect(), next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(limit: usize, cursor: Option<&str>) -> Result<(String, Option<String>), Problem> {
        let query = PageQuery { limit: Limit(limit), cursor: cursor.map(|text| Place(text.to_owned())) };
        let listing = Listing::part("letters", vec!["a", "b", "c"], &query, |item| item, str::to_owned)?;
        Ok((listing.items.concat(), listing.next_cursor))
    }

    #[test]
    fn a_small_list_comes_in_pages() {
        assert_eq!(part(2, None).unwrap(), ("ab".to_owned(), Some("letters.b".to_owned())));
        assert_eq!(part(2, Some("letters.b")).unwrap(), ("c".to_owned(), None));
        assert_eq!(part(3, None).unwrap(), ("abc".to_owned(), None));
        for odd in ["", "b", "letters.x", "numbers.b"] {
            assert!(part(2, Some(odd)).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursor = |text: &str| cursor(Some(&Place(text.to_owned())), "contacts");
        assert!(cursor("contacts.MDAx").is_ok_and(|cursor| cursor.is_some()));
        for odd in ["", "MDAx", "events.MDAx", "contacts.", "contacts.%%%", &format!("contacts.{}", "M".repeat(600))] {
            assert!(cursor(odd).is_err(), "{odd}");
        }
    }
}
