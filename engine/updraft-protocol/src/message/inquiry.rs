//! What a task asks that changes nothing and is answered from the database as it is.

use updraft_model::StateStoreOf;

use super::{
    GetAssetByName, GetAssetByUri, GetAssetEventByAsset, GetAssetEventByAssetAlias, GetAssetsByAlias, GetDag,
    GetDagRun, GetDagRunState, GetDrCount, GetHitlDetailResponse, GetPrevSuccessfulDagRun, GetPreviousDagRun,
    GetPreviousTi, GetTaskRescheduleStartDate, GetTaskStates, GetTiCount, GetVariableKeys,
    StateStoreQuestion, ToSupervisor, UpdraftGetNewestXCom, ValidateInletsAndOutlets,
};

/// One such question. It is a [`ToSupervisor`] whose answer depends on nothing but the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Inquiry {
    /// [`ToSupervisor::GetDag`]
    Dag(GetDag),
    /// [`ToSupervisor::GetDagRun`]
    DagRun(GetDagRun),
    /// [`ToSupervisor::GetDagRunState`]
    DagRunState(GetDagRunState),
    /// [`ToSupervisor::GetPreviousDagRun`]
    PreviousDagRun(GetPreviousDagRun),
    /// [`ToSupervisor::GetPrevSuccessfulDagRun`]
    PrevSuccessfulDagRun(GetPrevSuccessfulDagRun),
    /// [`ToSupervisor::GetPreviousTi`]
    PreviousTi(GetPreviousTi),
    /// [`ToSupervisor::GetDrCount`]
    DrCount(GetDrCount),
    /// [`ToSupervisor::GetTiCount`]
    TiCount(GetTiCount),
    /// [`ToSupervisor::GetTaskStates`]
    TaskStates(GetTaskStates),
    /// [`ToSupervisor::GetTaskRescheduleStartDate`]
    TaskRescheduleStartDate(GetTaskRescheduleStartDate),
    /// [`ToSupervisor::UpdraftGetNewestXCom`]
    NewestXCom(UpdraftGetNewestXCom),
    /// [`ToSupervisor::GetVariableKeys`]
    VariableKeys(GetVariableKeys),
    /// [`ToSupervisor::GetAssetByName`]
    AssetByName(GetAssetByName),
    /// [`ToSupervisor::GetAssetByUri`]
    AssetByUri(GetAssetByUri),
    /// [`ToSupervisor::GetAssetEventByAsset`]
    AssetEventByAsset(GetAssetEventByAsset),
    /// [`ToSupervisor::GetAssetsByAlias`]
    AssetsByAlias(GetAssetsByAlias),
    /// [`ToSupervisor::GetAssetEventByAssetAlias`]
    AssetEventByAssetAlias(GetAssetEventByAssetAlias),
    /// [`ToSupervisor::ValidateInletsAndOutlets`]
    InletsAndOutlets(ValidateInletsAndOutlets),
    /// [`ToSupervisor::GetTaskStateStore`], [`ToSupervisor::GetAssetStateStoreByName`] and [`ToSupervisor::GetAssetStateStoreByUri`]
    StateStore(StateStoreQuestion),
    /// [`ToSupervisor::GetHitlDetailResponse`]
    HitlDetail(GetHitlDetailResponse),
}

impl TryFrom<ToSupervisor> for Inquiry {
    type Error = ToSupervisor;

    /// Gives back what is none.
    fn try_from(message: ToSupervisor) -> Result<Self, ToSupervisor> {
        Ok(match message {
            ToSupervisor::GetDag(request) => Self::Dag(request),
            ToSupervisor::GetDagRun(request) => Self::DagRun(request),
            ToSupervisor::GetDagRunState(request) => Self::DagRunState(request),
            ToSupervisor::GetPreviousDagRun(request) => Self::PreviousDagRun(request),
            ToSupervisor::GetPrevSuccessfulDagRun(request) => Self::PrevSuccessfulDagRun(request),
            ToSupervisor::GetPreviousTi(request) => Self::PreviousTi(request),
            ToSupervisor::GetDrCount(request) => Self::DrCount(request),
            ToSupervisor::GetTiCount(request) => Self::TiCount(request),
            ToSupervisor::GetTaskStates(request) => Self::TaskStates(request),
            ToSupervisor::GetTaskRescheduleStartDate(request) => Self::TaskRescheduleStartDate(request),
            ToSupervisor::UpdraftGetNewestXCom(request) => Self::NewestXCom(request),
            ToSupervisor::GetVariableKeys(request) => Self::VariableKeys(request),
            ToSupervisor::GetAssetByName(request) => Self::AssetByName(request),
            ToSupervisor::GetAssetByUri(request) => Self::AssetByUri(request),
            ToSupervisor::GetAssetEventByAsset(request) => Self::AssetEventByAsset(request),
            ToSupervisor::GetAssetsByAlias(request) => Self::AssetsByAlias(request),
            ToSupervisor::GetAssetEventByAssetAlias(request) => Self::AssetEventByAssetAlias(request),
            ToSupervisor::ValidateInletsAndOutlets(request) => Self::InletsAndOutlets(request),
            ToSupervisor::GetTaskStateStore(request) => Self::StateStore(StateStoreQuestion {
                of: StateStoreOf::Task,
                key: request.key,
            }),
            ToSupervisor::GetAssetStateStoreByName(request) => {
                Self::StateStore(StateStoreQuestion::by_name(request))
            }
            ToSupervisor::GetAssetStateStoreByUri(request) => {
                Self::StateStore(StateStoreQuestion::by_uri(request))
            }
            ToSupervisor::GetHitlDetailResponse(request) => Self::HitlDetail(request),
            other => return Err(other),
        })
    }
}
