//! Human in the loop: what tasks ask people, and what these answer.

use serde_json::{Map, json};
use updraft_model::{HitlAnswer, HitlQuestion, HitlUser, TaskInstanceState};
use updraft_store::{HitlError, HitlFilter, Paging, TextLike};

use crate::support::{World, end, minute, object, on_both, task};

const RETRY: Option<TaskInstanceState> = Some(TaskInstanceState::UpForRetry);

fn question(subject: &str) -> HitlQuestion {
    HitlQuestion {
        options: vec!["yes".to_owned(), "no".to_owned()],
        subject: subject.to_owned(),
        body: Some("It is late".to_owned()),
        defaults: Some(vec!["no".to_owned()]),
        multiple: true,
        params: object(&json!({ "why": { "value": 1 } })),
        assigned_users: vec![ann()],
    }
}

fn ann() -> HitlUser {
    HitlUser {
        id: "7".to_owned(),
        name: "ann".to_owned(),
    }
}

fn answer(by: Option<HitlUser>) -> HitlAnswer {
    HitlAnswer {
        responded_by: by,
        responded_at: minute(20),
        chosen_options: vec!["yes".to_owned()],
        params_input: object(&json!({ "why": 2 })),
    }
}

fn meant(change: impl FnOnce(&mut HitlFilter)) -> HitlFilter {
    let mut filter = HitlFilter::default();
    change(&mut filter);
    filter
}

async fn page(world: &World, filter: HitlFilter) -> (Vec<String>, u64) {
    let paging = Paging {
        limit: 10,
        ..Paging::default()
    };
    let (rows, total) = world.store.hitl_page(&filter, &paging).await.unwrap();
    (rows.into_iter().map(|row| row.question.subject).collect(), total)
}

#[tokio::test]
async fn a_question_is_answered_once_and_a_try_that_asks_again_forgets_the_answer() {
    on_both(async |world| {
        let (key, first) = world.running_task().await;
        let store = &world.store;
        assert_eq!(store.hitl_asked_by(first).await.unwrap(), None);
        let nobody = store.answer_task((&key, 1), &answer(Some(ann()))).await;
        assert!(matches!(nobody, Err(HitlError::NotAsked { .. })));
        store
            .ask_people(first, &question("one"), minute(9))
            .await
            .unwrap();
        let row = store.hitl_asked_by(first).await.unwrap().unwrap();
        assert_eq!((&row.task, row.try_number, row.created_at), (&key, 1, minute(9)));
        assert_eq!((row.question, row.answer), (question("one"), None));

        let told = store.answer_task((&key, 1), &answer(Some(ann()))).await.unwrap();
        assert_eq!(told.answer, Some(answer(Some(ann()))));
        let late = store.answer_task((&key, 1), &answer(None)).await;
        assert!(matches!(late, Err(HitlError::Answered { .. })));
        let late = store.answer_for_attempt(first, &answer(None)).await;
        assert!(matches!(late, Err(HitlError::Answered { .. })));
        let kept = store.hitl_of(&key, 1).await.unwrap().unwrap();
        assert_eq!(kept.answer, Some(answer(Some(ann()))));

        store
            .ask_people(first, &question("again"), minute(10))
            .await
            .unwrap();
        let row = store.answer_for_attempt(first, &answer(None)).await.unwrap();
        assert_eq!(
            (row.question.subject.as_str(), row.answer),
            ("again", Some(answer(None)))
        );

        world.write(first, end(RETRY)).await;
        let late = store.ask_people(first, &question("late"), minute(11)).await;
        assert!(matches!(late, Err(HitlError::NotLive { .. })));
        let late = store.answer_for_attempt(first, &answer(None)).await;
        assert!(matches!(late, Err(HitlError::NotLive { .. })));
        let second = world.run_task(&key, RETRY, 2).await;
        store
            .ask_people(second, &question("two"), minute(12))
            .await
            .unwrap();
        assert_eq!(
            store.hitl_of(&key, 1).await.unwrap().unwrap().question.subject,
            "again"
        );
        assert_eq!(store.hitl_asked_by(second).await.unwrap().unwrap().try_number, 2);
        // A page is of the newest tries.
        assert_eq!(
            page(world, HitlFilter::default()).await,
            (vec!["two".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn questions_are_found_by_what_they_and_their_tasks_are() {
    on_both(async |world| {
        let run = world.running_run().await;
        for (name, subject) in [("a", "First"), ("b", "Second")] {
            let attempt = world.run_task(&task(&run, name), None, 1).await;
            world
                .store
                .ask_people(attempt, &question(subject), minute(9))
                .await
                .unwrap();
        }
        let key = task(&run, "b");
        world
            .store
            .answer_task((&key, 1), &answer(Some(ann())))
            .await
            .unwrap();
        let both = (vec!["First".to_owned(), "Second".to_owned()], 2);
        let (first, second) = ((vec!["First".to_owned()], 1), (vec!["Second".to_owned()], 1));
        let nothing = (Vec::new(), 0);
        let like = TextLike {
            pattern: Some("A".to_owned()),
            prefix: None,
        };
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        for (filter, expected) in [
            (HitlFilter::default(), &both),
            (meant(|it| it.is_answered = Some(false)), &first),
            (meant(|it| it.is_answered = Some(true)), &second),
            (meant(|it| it.responder_ids = names(&["8", "7"])), &second),
            (meant(|it| it.responder_names = names(&["an"])), &nothing),
            (meant(|it| it.states = vec![TaskInstanceState::Running]), &both),
            (
                meant(|it| it.states = vec![TaskInstanceState::Deferred]),
                &nothing,
            ),
            (meant(|it| it.subject = Some("SEC".to_owned())), &second),
            (meant(|it| it.body = Some("late".to_owned())), &both),
            (meant(|it| it.task_like = like), &first),
            (meant(|it| it.dag_id = Some("d".to_owned())), &both),
            (meant(|it| it.run_id = Some("other".to_owned())), &nothing),
            (
                meant(|it| it.dags = Some(["e".parse().unwrap()].into())),
                &nothing,
            ),
            (meant(|it| it.dags = Some(["d".parse().unwrap()].into())), &both),
        ] {
            assert_eq!(page(world, filter.clone()).await, *expected, "{filter:?}");
        }
        assert_eq!(
            answer(None).event()["params_input"],
            json!(Map::from_iter([("why".to_owned(), json!(2))]))
        );
    })
    .await;
}
