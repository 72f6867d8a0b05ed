"""The mutants called M: defects that the first runtimes of this kind were seen to have."""

from functools import partial

from hocket.runtime.runtime import Parts
from hocket.scenarios.adapters.crashing import CrashingAdapter
from hocket.scenarios.adapters.reference import ReferenceAdapter
from hocket.scenarios.adapters.stopping import StoppingAdapter
from hocket.scenarios.mutants import (
    approvals,
    background,
    cancellations,
    deliveries,
    endings,
    histories,
    lifetimes,
    prompts,
    queues,
    sessions,
    working,
)
from hocket.scenarios.mutants.mutant import Mutant

__all__ = ["SEEN"]

SEEN: tuple[Mutant, ...] = (
    Mutant.of(
        "M01",
        histories.HistoryOfUser,
        Parts(history=histories.HistoryOfUser),
        ("ISO-1",),
        "ag-ui-protocol/ag-ui#1277",
    ),
    Mutant.of(
        "M02",
        histories.OneLiveWindow,
        Parts(history=histories.OneLiveWindow),
        ("ISO-1", "ISO-9", "ORD-6"),
        "CopilotKit/CopilotKit#5659",
    ),
    Mutant.of(
        "M03",
        histories.RefreshOfCurrent,
        Parts(history=histories.RefreshOfCurrent),
        ("ISO-1", "ORD-6", "STORE-4"),
    ),
    Mutant.of(
        "M04",
        prompts.BlocksOfUser,
        Parts(prompting=prompts.BlocksOfUser),
        ("ISO-3",),
    ),
    Mutant.of(
        "M06",
        approvals.ResumedWithoutLock,
        Parts(turns=approvals.ResumedWithoutLock),
        ("LOCK-1", "ORD-2"),
    ),
    Mutant.of(
        "M07",
        approvals.ReadBeforeTheWait,
        Parts(turns=approvals.ReadBeforeTheWait),
        ("APPR-1", "APPR-6"),
        "OpenRouterTeam/typescript-sdk#518",
    ),
    Mutant.of(
        "M09",
        approvals.StepsFromZero,
        Parts(turns=approvals.StepsFromZero),
        ("STORE-5",),
    ),
    Mutant.of(
        "M10",
        approvals.SecondApprovalEnds,
        Parts(approvals=approvals.SecondApprovalEnds),
        ("lane stuck", "DELIV-6", "exactly once approval.asked(turn: t, tool: ship)"),
    ),
    Mutant.of(
        "M11",
        endings.EndWrittenAnyway,
        Parts(turns=endings.EndWrittenAnyway),
        ("TERM-1",),
        "dbos-inc/dbos-transact-py#767",
    ),
    Mutant.of(
        "M13",
        endings.EndToldAsSeen,
        Parts(turns=endings.EndToldAsSeen),
        ("TERM-3",),
    ),
    Mutant.of(
        "M14",
        cancellations.EarlyRequestLost,
        Parts(cancellation=cancellations.EarlyRequestLost),
        ("LIVE-3",),
        "temporalio/sdk-python#1224",
    ),
    Mutant.of(
        "M16",
        cancellations.NoticedBetweenSteps,
        Parts(cancellation=cancellations.NoticedBetweenSteps),
        ("TERM-4", "DELIV-8", "after turn.cancelled(turn: t) never model.asked(turn: t)"),
        "ag-ui-protocol/ag-ui#2759",
    ),
    Mutant.of(
        "M17",
        deliveries.KeyedByModelId,
        Parts(delegation=deliveries.KeyedByModelId),
        ("ISO-4", "DELIV-2"),
        "cloudflare/agents#1632",
    ),
    Mutant.of(
        "M19",
        deliveries.NewestDevice,
        Parts(delegation=deliveries.NewestDevice),
        ("ISO-5",),
    ),
    Mutant.of(
        "M22",
        deliveries.AnswerToOldestCall,
        Parts(delegation=deliveries.AnswerToOldestCall),
        ("DELIV-5", "ISO-4"),
    ),
    Mutant.of(
        "M23",
        deliveries.AnswerOfAnyTool,
        Parts(delegation=deliveries.AnswerOfAnyTool),
        ("DELIV-3",),
    ),
    Mutant.of("M25", prompts.OptionsLost, Parts(prompting=prompts.OptionsLost), ("LLM-1",)),
    Mutant.of(
        "M26", prompts.TransportOfItsOwn, Parts(prompting=prompts.TransportOfItsOwn), ("RES-1",)
    ),
    Mutant.of(
        "M27", prompts.ArgumentDemanded, Parts(prompting=prompts.ArgumentDemanded), ("PROMPT-1",)
    ),
    Mutant.of(
        "M28", prompts.ArgumentReplayed, Parts(prompting=prompts.ArgumentReplayed), ("PROMPT-1",)
    ),
    Mutant.of(
        "M29", background.StoreOfEverybody, Parts(learning=background.StoreOfEverybody), ("ISO-6",)
    ),
    Mutant.of(
        "M31", sessions.ThreadHeldByTurn, Parts(turns=sessions.ThreadHeldByTurn), ("STORE-2",)
    ),
    Mutant.of(
        "M32", lifetimes.ToldBeforeStored, Parts(turns=lifetimes.ToldBeforeStored), ("STORE-1",)
    ),
    Mutant.of(
        "M33",
        lifetimes.NamesUnfiltered,
        Parts(dialogue=lifetimes.NamesUnfiltered),
        ("ISO-7",),
    ),
    Mutant.of(
        "M34",
        approvals.ApprovalForServerTools,
        Parts(turns=approvals.ApprovalForServerTools),
        ("APPR-2",),
    ),
    Mutant.of(
        "M35",
        prompts.RestartedByOverflow,
        Parts(turns=prompts.RestartedByOverflow, prompting=prompts.NoCompaction),
        ("ORD-4", "ORD-6"),
    ),
    Mutant.of(
        "M37",
        background.PromotionAbandoned,
        Parts(learning=background.PromotionAbandoned),
        ("JOB-2", "JOB-3"),
    ),
    Mutant.of(
        "M39", background.EpisodeUnclaimed, Parts(learning=background.EpisodeUnclaimed), ("JOB-4",)
    ),
    Mutant.of(
        "M40",
        working.EndedOutsideFinally,
        Parts(jobs=working.EndedOutsideFinally),
        ("JOB-1",),
    ).within(StoppingAdapter),
    Mutant.of(
        "M42",
        lifetimes.TurnOfServer,
        Parts(turns=lifetimes.TurnOfServer),
        ("LIVE-4", 'never model.asked(turn: t2, says: "read it")'),
    ),
    Mutant.of(
        "M44",
        lifetimes.DecisionOfOrigin,
        Parts(dialogue=lifetimes.DecisionOfOrigin),
        ("LIVE-2", "eventually turn.completed(turn: t) within 60s"),
    ),
    Mutant.of("M45", queues.OneTurnAUser, Parts(turns=queues.OneTurnAUser), ("LIVE-5",)),
    Mutant.of("M47", queues.LocksKept, Parts(locks=queues.LocksKept), ("LOCK-2",)),
    Mutant.of(
        "M48",
        lifetimes.MainThreadLeft,
        Parts(threads=lifetimes.MainThreadLeft),
        ("STORE-6",),
    ),
    Mutant.of(
        "M49", background.SweepRegardless, Parts(closing=background.SweepRegardless), ("STORE-6",)
    ),
    Mutant.of("M51", background.FinishedAgain, Parts(closing=background.FinishedAgain), ("JOB-4",)),
    Mutant.of(
        "M53",
        background.NoRecovery,
        Parts(recovery=background.NoRecovery),
        ("LIVE-7", "TERM-8"),
    ).within(CrashingAdapter),
    Mutant.of(
        "M54",
        approvals.TurnBesideApproval,
        Parts(turns=approvals.TurnBesideApproval, approvals=approvals.AskedBesideAnother),
        ("APPR-5",),
    ),
    Mutant.of(
        "M56",
        working.JobsSpawnedDetached,
        Parts(jobs=working.JobsSpawnedDetached),
        ("JOB-5", "JOB-1"),
    ).within(StoppingAdapter),
    Mutant.of(
        "M57", background.BlockWrittenOver, Parts(learning=background.BlockWrittenOver), ("JOB-6",)
    ),
    Mutant.of(
        "M58",
        working.ExtractionOffTheRecord,
        Parts(jobs=working.ExtractionOffTheRecord),
        ("JOB-3",),
    ).within(StoppingAdapter),
    Mutant.of(
        "M59", sessions.SessionLentToTools, Parts(turns=sessions.SessionLentToTools), ("STORE-3",)
    ),
    Mutant.of("M61", lifetimes.LoginNotLookedAtAgain, Parts(), ("ISO-7",)).within(
        partial(ReferenceAdapter, kind=lifetimes.LoginNotLookedAtAgain)
    ),
    Mutant.of("M63", prompts.CallsPutOff, Parts(turns=prompts.CallsPutOff), ("TERM-4",)),
)
"""In the order of their numbers, some of which are of defects that Trio rules out."""
