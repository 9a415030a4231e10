//! Sends batches of spans. It lives on a thread of its own, the requests on the runtime.

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::runtime::Handle;

/// A client of the collector that says once when it cannot be reached, and once when it can again.
#[derive(Debug)]
pub(super) struct Sender {
    client: reqwest::Client,
    runtime: Handle,
    is_failing: AtomicBool,
}

impl Sender {
    /// One that gives up on a batch after `limit`.
    pub(super) fn new(limit: Duration) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().timeout(limit).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, runtime: Handle::current(), is_failing: AtomicBool::new(false) })
    }

    fn note(&self, is_failing: bool) {
        if self.is_failing.swap(is_failing, Ordering::Relaxed) == is_failing {
            return;
        }
        if is_failing {
            tracing::warn!("The collector of traces does not take them; they are dropped until it does");
        } else {
            tracing::info!("The collector of traces takes them again");
        }
    }
}

impl HttpClient for Sender {
    // As `async_trait` would write it.
    fn send_bytes<'sender, 'future>(
        &'sender self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'sender: 'future,
        Self: 'future,
    {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            let mut response = Response::new(body);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        Box::pin(async move {
            let answer: Result<Response<Bytes>, HttpError> = match sending.await {
                Ok(Ok(answer)) => Ok(answer),
                // Without the address, which may hold a password.
                Ok(Err(error)) => Err(error.without_url().into()),
                Err(error) => Err(error.into()),
            };
            self.note(!answer.as_ref().is_ok_and(|answer| answer.status().is_success()));
            answer
        })
    }
}
