//! The few operations on the table that every entity is made of.
use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure};

use crate::codec::{Attributes, Row, decode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{Values, names, s};
use crate::keys::{Index, Key};

mod transaction;

pub(crate) use transaction::Transaction;

/// DynamoDB reads this many keys at once.
const BATCH_MAX: usize = 100;
const NEW: &str = "attribute_not_exists(#pk)";

#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

/// The outcome of writing a row that must be new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put<T> {
    Written,
    Exists(T),
}

/// The outcome of a conditional update.
pub(crate) enum Updated {
    Done,
    /// The condition failed on this row; `None` if there is none.
    Refused(Option<Attributes>),
}

/// Which end of a list a page starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// Part of a partition of the table or of an index: both ends of `range` are included.
pub(crate) struct Range<'a> {
    pub(crate) index: Option<Index>,
    pub(crate) pk: &'a str,
    pub(crate) range: Option<(&'a str, &'a str)>,
    pub(crate) order: Order,
    pub(crate) limit: usize,
}

impl Store {
    pub fn new(client: Client, table: String) -> Store {
        Store { client, table }
    }

    pub(crate) async fn get(&self, operation: &'static str, key: &Key) -> Result<Option<Attributes>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).set_key(Some(primary(key))).consistent_read(true);
        Ok(answer.send().await.map_err(|error| failed(operation, error))?.item)
    }

    pub(crate) async fn get_row<R: Row>(&self, operation: &'static str, key: &Key) -> Result<Option<R>, StoreError> {
        self.get(operation, key).await?.map(|item| decode(operation, item)).transpose()
    }

    /// Rows in the order of their keys; a key without a row is left out. The rows come in any order.
    pub(crate) async fn get_many(&self, operation: &'static str, keys: &[Key]) -> Result<Vec<Attributes>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_MAX) {
            let wanted = KeysAndAttributes::builder().set_keys(Some(chunk.iter().map(primary).collect()));
            let wanted = wanted.consistent_read(true).build().map_err(|error| refused(operation, error))?;
            let mut open = Some(HashMap::from([(self.table.clone(), wanted)]));
            while let Some(request) = open.filter(|request| !request.is_empty()) {
                let answer = self.client.batch_get_item().set_request_items(Some(request)).send().await;
                let answer = answer.map_err(|error| failed(operation, error))?;
                found.extend(answer.responses.unwrap_or_default().into_values().flatten());
                open = answer.unprocessed_keys;
            }
        }
        Ok(found)
    }

    /// Writes a row that must not exist yet; otherwise gives the one that does.
    pub(crate) async fn put_new(
        &self,
        operation: &'static str,
        item: Attributes,
    ) -> Result<Put<Attributes>, StoreError> {
        self.put_if(operation, item, NEW, Values::new()).await
    }

    /// As [`Store::put_new`], also in the place of a row for which `gives_way` holds.
    pub(crate) async fn put_over(
        &self,
        operation: &'static str,
        item: Attributes,
        gives_way: &str,
        values: Values,
    ) -> Result<Put<Attributes>, StoreError> {
        self.put_if(operation, item, &format!("{NEW} OR ({gives_way})"), values).await
    }

    async fn put_if(
        &self,
        operation: &'static str,
        item: Attributes,
        condition: &str,
        values: Values,
    ) -> Result<Put<Attributes>, StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).condition_expression(condition);
        let put = put.set_expression_attribute_names(Some(names(&[condition])));
        let put = put.set_expression_attribute_values((!values.is_empty()).then_some(values));
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Put::Written),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Put::Exists(failure.item().cloned().unwrap_or_default()))
                }
                _ => Err(failed(operation, error)),
            },
        }
    }

    /// Writes a row in place of one that `condition` is true of; `false` if it is not.
    pub(crate) async fn put_where(
        &self,
        operation: &'static str,
        item: Attributes,
        condition: &str,
        values: Values,
    ) -> Result<bool, StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).condition_expression(condition);
        let put = put.set_expression_attribute_names(Some(names(&[condition])));
        match put.set_expression_attribute_values(Some(values)).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(_)) => {
                    Ok(false)
                }
                _ => Err(failed(operation, error)),
            },
        }
    }

    /// Writes a row whether or not it exists: only where the last writer is right.
    pub(crate) async fn put(&self, operation: &'static str, item: Attributes) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(|error| failed(operation, error))
    }

    pub(crate) async fn update(
        &self,
        operation: &'static str,
        key: &Key,
        expression: &str,
        condition: &str,
        values: Values,
    ) -> Result<Updated, StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(primary(key)));
        let update = update.update_expression(expression).condition_expression(condition);
        let update = update.set_expression_attribute_names(Some(names(&[expression, condition])));
        let update = update.set_expression_attribute_values((!values.is_empty()).then_some(values));
        let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(_) => Ok(Updated::Done),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(
                    failure,
                )) => Ok(Updated::Refused(failure.item().cloned())),
                _ => Err(failed(operation, error)),
            },
        }
    }

    /// Deletes a row that `condition` is true of; any other stays.
    pub(crate) async fn delete(
        &self,
        operation: &'static str,
        key: &Key,
        condition: &str,
        values: Values,
    ) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(primary(key)));
        let delete = delete.condition_expression(condition).set_expression_attribute_values(Some(values));
        let delete = delete.set_expression_attribute_names(Some(names(&[condition])));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::delete_item::DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Ok(())
                }
                _ => Err(failed(operation, error)),
            },
        }
    }

    /// One page of a range, from behind `after` on.
    pub(crate) async fn query(
        &self,
        operation: &'static str,
        range: Range<'_>,
        after: Option<&str>,
    ) -> Result<Page<Attributes>, StoreError> {
        let (pk_name, sk_name) = range.index.map_or(("pk", "sk"), |index| (index.pk, index.sk));
        // The cursor is a sort key, unique within the partition because it ends in the row's id: so it bounds the range.
        let (low, high) = range.range.unwrap_or(("", "~"));
        let (low, high) = match (range.order, after) {
            (_, None) => (low.to_owned(), high.to_owned()),
            (Order::Ascending, Some(after)) => (format!("{after} "), high.to_owned()),
            (Order::Descending, Some(after)) => (low.to_owned(), after.to_owned()),
        };
        let low = if low.is_empty() { " ".to_owned() } else { low };
        // A cursor from elsewhere may lie outside; DynamoDB refuses an empty range.
        if low > high {
            return Ok(Page { items: Vec::new(), next: None });
        }
        // BETWEEN includes its ends; when going down, the row of the cursor itself comes first and is dropped.
        let overlap = usize::from(range.order == Order::Descending && after.is_some());
        let condition = format!("#{pk_name} = :pk AND #{sk_name} BETWEEN :low AND :high");
        let values = crate::expression::values([(":pk", s(range.pk)), (":low", s(low)), (":high", s(high))]);
        let mut items: Vec<Attributes> = Vec::new();
        let mut start = None;
        loop {
            let wanted = range.limit + 1 + overlap - items.len();
            let query = self.client.query().table_name(&self.table).key_condition_expression(&condition);
            let query = query.set_index_name(range.index.map(|index| index.name.to_owned()));
            let query = query.set_expression_attribute_names(Some(names(&[&condition])));
            let query = query.set_expression_attribute_values(Some(values.clone()));
            let query = query.scan_index_forward(range.order == Order::Ascending);
            // A decision may rest on what the table holds; an index only ever follows it.
            let query = query.consistent_read(range.index.is_none());
            let query = query.limit(i32::try_from(wanted).unwrap_or(i32::MAX)).set_exclusive_start_key(start);
            let answer = query.send().await.map_err(|error| failed(operation, error))?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() || items.len() > range.limit + overlap {
                break;
            }
        }
        items.retain(|item| overlap == 0 || crate::codec::text(item, sk_name) != after);
        let more = items.len() > range.limit;
        items.truncate(range.limit);
        let last = items.last().and_then(|item| crate::codec::text(item, sk_name));
        let next = last.filter(|_| more).map(|place| Cursor(place.to_owned()));
        Ok(Page { items, next })
    }

    /// All of a range, page after page. For ranges that are known to be small.
    pub(crate) async fn query_all<'a>(
        &self,
        operation: &'static str,
        range: impl Fn() -> Range<'a>,
    ) -> Result<Vec<Attributes>, StoreError> {
        let mut items = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = self.query(operation, range(), after.as_ref().map(|cursor| cursor.0.as_str())).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// The rows behind entries of an index, in the order of the entries.
    pub(crate) async fn rows_of(
        &self,
        operation: &'static str,
        entries: &[Attributes],
    ) -> Result<Vec<Attributes>, StoreError> {
        let keys: Vec<Key> = entries.iter().filter_map(key_of).collect();
        let rows = self.get_many(operation, &keys).await?;
        let mut by_key: HashMap<Key, Attributes> =
            rows.into_iter().filter_map(|row| Some((key_of(&row)?, row))).collect();
        Ok(keys.iter().filter_map(|key| by_key.remove(key)).collect())
    }

    pub(crate) fn transaction(&self, operation: &'static str) -> Transaction<'_> {
        Transaction { store: self, operation, writes: Vec::new() }
    }
}

fn primary(key: &Key) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), s(&key.pk)), ("sk".to_owned(), s(&key.sk))])
}

pub(crate) fn key_of(item: &Attributes) -> Option<Key> {
    let part = |name| crate::codec::text(item, name).map(str::to_owned);
    Some(Key { pk: part("pk")?, sk: part("sk")? })
}

fn refused(operation: &'static str, error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Refused { operation, source: error.into() }
}

fn failed<E>(operation: &'static str, error: SdkError<E>) -> StoreError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let final_codes = ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"];
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let ours =
        matches!(error, SdkError::ConstructionFailure(_)) || code.is_some_and(|code| final_codes.contains(&code));
    if ours {
        return refused(operation, error);
    }
    // Throttling, a conflict, a timeout, a broken connection: all of them pass.
    StoreError::Unavailable { operation, source: error.into() }
}
