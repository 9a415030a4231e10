//! The queue in Redis: a lease for each message, fenced by its delivery, no history kept.
//!
//! Keys of a kind, in one slot of a cluster: `{prefix:kind}:ready` and `{prefix:kind}:ready:<source>` (sorted sets, id by the time it was rung),
//! `{prefix:kind}:lease` (sorted set, id by the end of its lease) and `{prefix:kind}:j:<id>` (hash: `message`, `ready`, the set it waits in,
//! `token` of the worker that has it, `again` when it was rung meanwhile). Nothing is left of a finished message. Redis 5 or later.

mod examination;
mod scripts;

pub use examination::Examined;

use super::{Delivery, Depth, Doorbell, Kind, Outcome, Place, QueueError};
use crate::{config::QueueConfig, export::ExportId};
use redis::{
    Client, IntoConnectionInfo, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashSet, io, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

/// How long those who ring, ping or count wait for Redis; a request of the API stands behind them.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause between two tries within that time.
const PAUSE: Duration = Duration::from_millis(100);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Ten times redis-rs' own, which takes a short stall of Redis for a loss.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// After this a connection whose other end vanished without a word is given up; Linux alone would try for 15 minutes.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// Doorbells in Redis.
#[derive(Clone)]
pub struct RedisQueue {
    connection: ConnectionManager,
    prefix: Arc<str>,
    window: u32,
    lease: Duration,
}

impl RedisQueue {
    pub(super) fn open(url: &SecretString, config: &QueueConfig) -> RedisResult<Self> {
        let settings = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let settings = settings.set_user_timeout(UNACKNOWLEDGED);
        let info = url.expose_secret().into_connection_info()?.set_tcp_settings(settings);
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_number_of_retries(0);
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(Client::open(info)?, manager)?,
            prefix: config.prefix.as_str().into(),
            window: config.window,
            lease: config.lease,
        })
    }

    pub(super) fn lease(&self) -> Duration {
        self.lease
    }

    pub(super) async fn ring(&self, kind: Kind, place: Place<'_>, id: ExportId) -> Result<(), QueueError> {
        let message = serde_json::to_vec(&Doorbell::new(id)).map_err(io::Error::from);
        let message = message.map_err(RedisError::from)?;
        let mut call = scripts::RING.prepare_invoke();
        call.key(self.ready(kind, place))
            .key(self.key(kind, "lease"))
            .key(self.job(kind, &id.to_string()))
            .arg(id.to_string())
            .arg(message)
            .arg(self.window);
        let call = &call;
        let ring = || {
            let mut connection = self.connection.clone();
            async move { call.invoke_async(&mut connection).await }
        };
        if patiently(ring).await? { Ok(()) } else { Err(QueueError::Full) }
    }

    pub(super) async fn ping(&self) -> Result<(), QueueError> {
        let ping = || {
            let mut connection = self.connection.clone();
            async move { redis::cmd("PING").exec_async(&mut connection).await }
        };
        patiently(ping).await
    }

    pub(super) async fn depth(&self, kind: Kind, place: Place<'_>) -> Result<Depth, QueueError> {
        let mut lengths = redis::pipe();
        lengths.zcard(self.ready(kind, place)).zcard(self.key(kind, "lease"));
        let lengths = &lengths;
        let count = || {
            let mut connection = self.connection.clone();
            async move { lengths.query_async(&mut connection).await }
        };
        let (waiting, leased) = patiently(count).await?;
        Ok(Depth { waiting, leased })
    }

    /// Takes the doorbell for everybody or for one of `sources` that waits longest, and before that puts back those whose lease has ended. One that cannot be
    /// read is dropped. When the answer is lost on its way, the doorbell comes again after its lease.
    pub(super) async fn claim(&self, kind: Kind, sources: &[String]) -> Result<Option<Delivery>, QueueError> {
        loop {
            let token = Uuid::now_v7();
            let mut call = scripts::CLAIM.prepare_invoke();
            call.key(self.key(kind, "lease")).key(self.ready(kind, Place::Anywhere));
            for source in sources {
                call.key(self.ready(kind, Place::Source(source)));
            }
            let claimed: Option<(String, Vec<u8>)> = call
                .arg(self.job(kind, ""))
                .arg(token.to_string())
                .arg(milliseconds(self.lease))
                .invoke_async(&mut self.connection.clone())
                .await?;
            let Some((id, message)) = claimed else {
                return Ok(None);
            };
            if let Some(export_id) = read(&id, &message) {
                return Ok(Some(Delivery { export_id, token }));
            }
            tracing::error!(
                kind = kind.as_str(),
                "dropped a message of the queue that this version cannot read; the ledger rings again for what it has to do"
            );
            self.finish_raw(kind, &id, token).await?;
        }
    }

    pub(super) async fn finish(&self, kind: Kind, delivery: Delivery) -> Result<Outcome, QueueError> {
        let id = delivery.export_id.to_string();
        Ok(match self.finish_raw(kind, &id, delivery.token).await? {
            0 => Outcome::Fenced,
            1 => Outcome::Done,
            _ => Outcome::RungAgain,
        })
    }

    async fn finish_raw(&self, kind: Kind, id: &str, token: Uuid) -> RedisResult<u8> {
        scripts::FINISH
            .key(self.key(kind, "ready"))
            .key(self.key(kind, "lease"))
            .key(self.job(kind, id))
            .arg(id)
            .arg(token.to_string())
            .invoke_async(&mut self.connection.clone())
            .await
    }

    pub(super) async fn release(&self, kind: Kind, delivery: Delivery) -> Result<(), QueueError> {
        let id = delivery.export_id.to_string();
        let () = scripts::RELEASE
            .key(self.key(kind, "ready"))
            .key(self.key(kind, "lease"))
            .key(self.job(kind, &id))
            .arg(&id)
            .arg(delivery.token.to_string())
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(())
    }

    pub(super) async fn renew(&self, kind: Kind, deliveries: &[Delivery]) -> Result<Vec<Delivery>, QueueError> {
        let mut call = scripts::RENEW.prepare_invoke();
        call.key(self.key(kind, "lease"));
        call.arg(milliseconds(self.lease));
        for delivery in deliveries {
            let id = delivery.export_id.to_string();
            call.key(self.job(kind, &id));
            call.arg(id).arg(delivery.token.to_string());
        }
        let lost: HashSet<String> = call.invoke_async(&mut self.connection.clone()).await?;
        let is_lost = |delivery: &&Delivery| lost.contains(&delivery.export_id.to_string());
        Ok(deliveries.iter().filter(is_lost).copied().collect())
    }

    fn ready(&self, kind: Kind, place: Place<'_>) -> String {
        match place {
            Place::Anywhere => self.key(kind, "ready"),
            Place::Source(source) => self.key(kind, &format!("ready:{source}")),
        }
    }

    fn key(&self, kind: Kind, part: &str) -> String {
        format!("{{{}:{kind}}}:{part}", self.prefix)
    }

    fn job(&self, kind: Kind, id: &str) -> String {
        format!("{{{}:{kind}}}:j:{id}", self.prefix)
    }
}

/// The export that a message names, if it is a message of this version under its own id.
fn read(id: &str, message: &[u8]) -> Option<ExportId> {
    let bell: Doorbell = serde_json::from_slice(message).ok()?;
    (bell == Doorbell::new(id.parse().ok()?)).then_some(bell.export_id)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Tries until Redis answers or patience ends; what is tried may take effect twice.
async fn patiently<T, F>(attempt: impl Fn() -> F) -> Result<T, QueueError>
where
    F: Future<Output = RedisResult<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    let mut reason = RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
    loop {
        match timeout_at(deadline, attempt()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => reason = error,
            Err(_) => return Err(reason.into()),
        }
        sleep_until(deadline.min(Instant::now() + PAUSE)).await;
    }
}
