//! What is said between a process and its place: who asks is given an event, and answers it.

use super::FunctionSpec;
use super::door::{Answer, Event, Word};
use super::invocation::{Invocation, InvokeError, Outcome};
use super::process::Process;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// One who asks for an event.
pub(super) type Asker = oneshot::Sender<Event>;

/// Gives one event to the process and waits for what comes of it.
pub(super) async fn serve(
    spec: &FunctionSpec,
    process: &mut Process,
    words: &mut mpsc::Receiver<Word>,
    asker: Asker,
    invocation: &Invocation,
) -> Outcome {
    let id = uuid::Uuid::now_v7().to_string();
    let deadline = SystemTime::now() + spec.timeout;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{}", spec.name);
    // One who no longer asks is about to end, or the time runs out.
    let (trace, body) = (invocation.trace.clone(), invocation.event.clone());
    let _ = asker.send(Event { id: id.clone(), deadline, arn, trace, body });
    let answered = timeout(spec.timeout, answered(process, words, &id)).await;
    answered.unwrap_or(Err(InvokeError::TimedOut(spec.timeout)))
}

/// Waits until the process asks for an event.
pub(super) async fn asked(
    process: &mut Process,
    words: &mut mpsc::Receiver<Word>,
) -> Result<Asker, InvokeError> {
    loop {
        match word(process, words).await? {
            Word::Next(asker) => return Ok(asker),
            Word::CanNotStart(error) => {
                return Err(InvokeError::Start(String::from_utf8_lossy(&error).into_owned()));
            }
            // Of an event that is over.
            Word::Answer(..) => {}
        }
    }
}

/// Waits for the answer to this event.
async fn answered(process: &mut Process, words: &mut mpsc::Receiver<Word>, event: &str) -> Outcome {
    loop {
        match word(process, words).await? {
            Word::Answer(id, answer) if id == event => {
                return match answer {
                    Answer::Response(body) => Ok(body),
                    Answer::Error(body) => Err(InvokeError::Function(body)),
                    Answer::TooLarge(length) => Err(InvokeError::AnswerTooLarge(length)),
                };
            }
            // A runtime asks only when it has answered.
            Word::Answer(..) | Word::Next(_) | Word::CanNotStart(_) => {}
        }
    }
}

/// The next word of the process. One that it said before its end still counts.
async fn word(
    process: &mut Process,
    words: &mut mpsc::Receiver<Word>,
) -> Result<Word, InvokeError> {
    tokio::select! {
        biased;
        Some(word) = words.recv() => Ok(word),
        status = process.ended() => Err(InvokeError::Died(status)),
    }
}
