//! Several conditional writes that happen together or not at all.
use aws_sdk_dynamodb::types::{
    Delete as DeleteWrite, Put as PutWrite, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update as UpdateWrite,
};

use super::{NEW, Store, failed, primary, refused};
use crate::codec::Attributes;
use crate::error::StoreError;
use crate::expression::{Values, names};
use crate::keys::Key;

pub(crate) struct Transaction<'a> {
    pub(super) store: &'a Store,
    pub(super) operation: &'static str,
    pub(super) writes: Vec<Result<TransactWriteItem, StoreError>>,
}

/// Which conditions of a transaction failed, in the order of its writes, each with the row that it failed on.
pub(crate) type Failures = Vec<Option<Attributes>>;

impl Transaction<'_> {
    #[must_use]
    pub(crate) fn put_new(self, item: Attributes) -> Self {
        self.put_where(item, NEW, Values::new())
    }

    /// Puts a row where `condition` is true of what is there, or of nothing.
    #[must_use]
    pub(crate) fn put_where(mut self, item: Attributes, condition: &str, values: Values) -> Self {
        let put = PutWrite::builder().table_name(&self.store.table).set_item(Some(item));
        let put = put.condition_expression(condition).set_expression_attribute_names(Some(names(&[condition])));
        let put = put.set_expression_attribute_values((!values.is_empty()).then_some(values));
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).build();
        let put = put.map_err(|error| refused(self.operation, error));
        self.writes.push(put.map(|put| TransactWriteItem::builder().put(put).build()));
        self
    }

    /// Puts a row whatever is there.
    #[must_use]
    pub(crate) fn put(mut self, item: Attributes) -> Self {
        let put = PutWrite::builder().table_name(&self.store.table).set_item(Some(item)).build();
        let put = put.map_err(|error| refused(self.operation, error));
        self.writes.push(put.map(|put| TransactWriteItem::builder().put(put).build()));
        self
    }

    /// Takes a row away, if there is one.
    #[must_use]
    pub(crate) fn delete(mut self, key: &Key) -> Self {
        let delete = DeleteWrite::builder().table_name(&self.store.table).set_key(Some(primary(key))).build();
        let delete = delete.map_err(|error| refused(self.operation, error));
        self.writes.push(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()));
        self
    }

    #[must_use]
    pub(crate) fn update(mut self, key: &Key, expression: &str, condition: &str, values: Values) -> Self {
        let update = UpdateWrite::builder().table_name(&self.store.table).set_key(Some(primary(key)));
        let update = update.update_expression(expression).condition_expression(condition);
        let update = update.set_expression_attribute_names(Some(names(&[expression, condition])));
        let update = update.set_expression_attribute_values(Some(values));
        let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = update.build().map_err(|error| refused(self.operation, error));
        self.writes.push(update.map(|update| TransactWriteItem::builder().update(update).build()));
        self
    }

    /// Deletes a row that `condition` is true of.
    #[must_use]
    pub(crate) fn delete_where(mut self, key: &Key, condition: &str, values: Values) -> Self {
        let delete = DeleteWrite::builder().table_name(&self.store.table).set_key(Some(primary(key)));
        let delete = delete.condition_expression(condition).set_expression_attribute_names(Some(names(&[condition])));
        let delete = delete.set_expression_attribute_values((!values.is_empty()).then_some(values));
        let delete = delete.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let delete = delete.build().map_err(|error| refused(self.operation, error));
        self.writes.push(delete.map(|delete| TransactWriteItem::builder().delete(delete).build()));
        self
    }

    /// `Err` of the inner result: nothing was written, and why.
    pub(crate) async fn commit(self) -> Result<Result<(), Failures>, StoreError> {
        use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException;
        let writes = self.writes.into_iter().collect::<Result<Vec<_>, _>>()?;
        let Err(error) = self.store.client.transact_write_items().set_transact_items(Some(writes)).send().await else {
            return Ok(Ok(()));
        };
        let Some(TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(failed(self.operation, error));
        };
        let reasons = cancelled.cancellation_reasons();
        let is = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
        if is("ConditionalCheckFailed") {
            let failure = |reason: &aws_sdk_dynamodb::types::CancellationReason| {
                let failed = reason.code() == Some("ConditionalCheckFailed");
                failed.then(|| reason.item().cloned().unwrap_or_default())
            };
            return Ok(Err(reasons.iter().map(failure).collect()));
        }
        // Others wrote one of the rows at the same moment.
        if is("TransactionConflict") {
            return Err(StoreError::Contended { operation: self.operation });
        }
        // Throttling and capacity pass by themselves; a malformed item does not.
        let passing = ["ThrottlingError", "ProvisionedThroughputExceeded"].into_iter().any(is);
        Err(if passing {
            StoreError::Unavailable { operation: self.operation, source: error.into() }
        } else {
            refused(self.operation, error)
        })
    }
}
