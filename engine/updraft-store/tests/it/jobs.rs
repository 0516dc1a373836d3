//! Processes that run attempts for the scheduler.

use std::time::Duration;

use updraft_model::{AttemptId, IdSource};
use updraft_store::{Answer, Assignment, JobId, NewAsk, WriteError};

use crate::support::{TTL, World, holder, minute, on_both};

fn assignment(attempt: AttemptId, job: JobId) -> Assignment {
    Assignment {
        attempt,
        job,
        workload: format!("run {attempt}"),
    }
}

fn ask(number: i64, attempt: AttemptId, body: &str) -> NewAsk {
    NewAsk {
        number,
        attempt,
        body: body.to_owned(),
    }
}

/// Another scheduler takes over.
async fn replace(world: &World) {
    world
        .store
        .acquire_scheduler(&holder(9), minute(5), TTL, |_| true)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_job_is_listed_with_its_slots_until_it_leaves_or_is_given_up() {
    on_both(async |world| {
        let store = &world.store;
        let one = store.join(&holder(2), 0, minute(1)).await.unwrap();
        let two = store.join(&holder(3), 4, minute(1)).await.unwrap();
        assert!(store.beat(one, 7, minute(2)).await.unwrap());
        let jobs = store.jobs().await.unwrap();
        let seen: Vec<_> = jobs
            .iter()
            .map(|job| {
                (
                    job.id,
                    job.holder.pid,
                    job.slots,
                    job.start_date,
                    job.latest_heartbeat,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (one, 2, 7, minute(1), minute(2)),
                (two, 3, 4, minute(1), minute(1))
            ]
        );
        store.leave(two, minute(3)).await.unwrap();
        store.give_up_jobs(&world.lease, &[one], minute(3)).await.unwrap();
        assert_eq!(store.jobs().await.unwrap(), []);
        assert!(
            !store.beat(one, 7, minute(4)).await.unwrap(),
            "one that was given up must know it"
        );
    })
    .await;
}

#[tokio::test]
async fn an_attempt_is_assigned_taken_killed_and_forgotten() {
    on_both(async |world| {
        let (store, lease) = (&world.store, &world.lease);
        let job = store.join(&holder(2), 2, minute(1)).await.unwrap();
        let other = store.join(&holder(3), 2, minute(1)).await.unwrap();
        let (a, b) = (world.ids.attempt_id(), world.ids.attempt_id());
        let assignments = [assignment(a, job), assignment(b, other)];
        store.assign(lease, &assignments, &[]).await.unwrap();
        // The answer was lost, so it is written again.
        store.assign(lease, &assignments, &[]).await.unwrap();
        assert_eq!(store.assignments().await.unwrap(), [(a, job), (b, other)]);
        let assigned = store.assigned(job).await.unwrap();
        assert_eq!(assigned.len(), 1);
        assert_eq!((assigned[0].attempt, assigned[0].is_killed), (a, false));
        assert_eq!(assigned[0].workload, format!("run {a}"));
        store.take_assigned(&[a]).await.unwrap();
        assert_eq!(store.assigned(job).await.unwrap(), []);
        store.assign(lease, &[], &[a]).await.unwrap();
        assert!(
            store.assigned(job).await.unwrap()[0].is_killed,
            "told again until it is over"
        );
        store.answer_asks(lease, &[], &[a]).await.unwrap();
        assert_eq!(store.assigned(job).await.unwrap(), []);
        assert_eq!(store.assignments().await.unwrap(), [(b, other)]);
    })
    .await;
}

#[tokio::test]
async fn an_ask_is_answered_once_however_often_it_is_posted() {
    on_both(async |world| {
        let (store, lease) = (&world.store, &world.lease);
        let job = store.join(&holder(2), 2, minute(1)).await.unwrap();
        let attempt = world.ids.attempt_id();
        let asks = [ask(1, attempt, "start"), ask(2, attempt, "end")];
        store.post_asks(job, &asks[..1]).await.unwrap();
        store.post_asks(job, &asks).await.unwrap();
        let open = store.open_asks(10).await.unwrap();
        let bodies: Vec<&str> = open.iter().map(|open| open.ask.body.as_str()).collect();
        assert_eq!(bodies, ["start", "end"], "in their order");
        assert_eq!(store.open_asks(1).await.unwrap().len(), 1);
        let answer = Answer {
            number: 1,
            text: "yes".to_owned(),
        };
        store
            .answer_asks(lease, &[(job, answer.clone())], &[])
            .await
            .unwrap();
        assert_eq!(store.answers(job).await.unwrap(), [answer]);
        assert_eq!(store.open_asks(10).await.unwrap().len(), 1);
        store.forget_asks(job, &[1]).await.unwrap();
        assert_eq!(store.answers(job).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn with_a_job_goes_what_it_was_to_run_and_what_it_asked() {
    on_both(async |world| {
        let (store, lease) = (&world.store, &world.lease);
        let job = store.join(&holder(2), 2, minute(1)).await.unwrap();
        let attempt = world.ids.attempt_id();
        store
            .assign(lease, &[assignment(attempt, job)], &[])
            .await
            .unwrap();
        store.post_asks(job, &[ask(1, attempt, "start")]).await.unwrap();
        store.leave(job, minute(2)).await.unwrap();
        assert_eq!(store.assignments().await.unwrap(), [], "nobody runs it");
        store.give_up_jobs(lease, &[], minute(2)).await.unwrap();
        assert_eq!(store.open_asks(10).await.unwrap(), []);
        assert_eq!(store.assigned(job).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_was_replaced_tells_jobs_nothing() {
    on_both(async |world| {
        let (store, lease) = (&world.store, &world.lease);
        let job = store.join(&holder(2), 2, minute(1)).await.unwrap();
        let attempt = world.ids.attempt_id();
        store.post_asks(job, &[ask(1, attempt, "start")]).await.unwrap();
        replace(world).await;
        let refused = [
            store.assign(lease, &[assignment(attempt, job)], &[]).await,
            store
                .answer_asks(
                    lease,
                    &[(
                        job,
                        Answer {
                            number: 1,
                            text: "yes".to_owned(),
                        },
                    )],
                    &[],
                )
                .await,
            store.give_up_jobs(lease, &[job], minute(5)).await,
        ];
        assert!(
            refused
                .iter()
                .all(|refused| matches!(refused, Err(WriteError::LeaseLost)))
        );
        assert_eq!(store.assignments().await.unwrap(), []);
        assert_eq!(store.answers(job).await.unwrap(), []);
        assert_eq!(store.jobs().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_hears_at_once_of_what_is_assigned_and_answered_and_the_scheduler_of_what_is_asked() {
    on_both(async |world| {
        if !world.store.can_be_shared() {
            return;
        }
        let (store, second) = (&world.store, world.second_store().await);
        let job = second.join(&holder(2), 2, minute(1)).await.unwrap();
        let long = Duration::from_hours(1);
        let mut scheduler = store.listen(long).await.unwrap();
        let mut member = second.listen_as(job, long).await.unwrap();
        let attempt = world.ids.attempt_id();
        store
            .assign(&world.lease, &[assignment(attempt, job)], &[])
            .await
            .unwrap();
        member.changed().await;
        second.post_asks(job, &[ask(1, attempt, "start")]).await.unwrap();
        scheduler.changed().await;
        let answer = Answer {
            number: 1,
            text: "yes".to_owned(),
        };
        store
            .answer_asks(&world.lease, &[(job, answer)], &[attempt])
            .await
            .unwrap();
        member.changed().await;
    })
    .await;
}
