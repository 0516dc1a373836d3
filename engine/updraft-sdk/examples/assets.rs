//! DAGs that wait for what others update.

use std::process::ExitCode;

use updraft_sdk::{Asset, AssetOrTimeSchedule, Bundle, Context, Dag, TaskResult};

fn orders() -> Asset {
    Asset::new("orders", "postgres://warehouse/public/orders")
        .group("sales")
        .extra("owner", "shop team")
}

fn rates() -> Asset {
    Asset::new("rates", "s3://lake/rates.parquet")
}

async fn load_orders(context: Context) -> TaskResult {
    let rows: u64 = context.param("rows")?;
    context.set_event_extra(&orders(), "rows", rows)?;
    Ok(())
}

async fn load_rates(_: Context) -> TaskResult {
    Ok(())
}

async fn report(context: Context) -> TaskResult<Vec<String>> {
    let events = context.triggering_asset_events().iter();
    let told = events.map(|event| {
        let rows = event.extra.get("rows");
        let source = event
            .source_task_id
            .as_ref()
            .map_or("outside", |task| task.as_str());
        format!("{} by {source}, rows {rows:?}", event.asset.name)
    });
    let told: Vec<String> = told.collect();
    tracing::info!("caused by: {}", told.join("; "));
    Ok(told)
}

fn main() -> ExitCode {
    let shop = Dag::new("shop").param("rows", 3).is_paused_upon_creation(false);
    shop.task("load_orders", load_orders).outlets([orders()]);

    let bank = Dag::new("bank").is_paused_upon_creation(false);
    bank.task("load_rates", load_rates).outlets([rates()]);

    let turnover = Dag::new("turnover")
        .schedule(orders() & rates())
        .is_paused_upon_creation(false);
    turnover.task("report", report).inlets([orders(), rates()]);

    let daily = Dag::new("orders_or_daily")
        .schedule(AssetOrTimeSchedule::new(orders(), "@daily"))
        .start_date("2099-01-01")
        .is_paused_upon_creation(false);
    daily.task("report", report);

    Bundle::new("assets")
        .dag(shop)
        .dag(bank)
        .dag(turnover)
        .dag(daily)
        .run()
}
