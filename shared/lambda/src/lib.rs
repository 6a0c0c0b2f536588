//! people-lambda
