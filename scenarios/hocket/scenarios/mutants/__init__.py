"""Planted defects: each the reference runtime with one small deviation, by name.

Off, nothing of them is left: a mutant replaces a part of the runtime when it is put together, and
the runtime's own files know nothing of them.

Those called M are defects that the first runtimes of this kind were seen to have; those called H
were added because a mechanism of the runtime had none.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hocket.runtime.runtime import Parts
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
)
from hocket.scenarios.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]


_ALL: tuple[Mutant, ...] = (
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
        "M11",
        endings.EndWrittenAnyway,
        Parts(turns=endings.EndWrittenAnyway),
        ("TERM-1",),
        "dbos-inc/dbos-transact-py#767",
    ),
    Mutant.of("M13", endings.EndToldAsSeen, Parts(turns=endings.EndToldAsSeen), ("TERM-3",)),
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
    Mutant.of(
        "M34",
        approvals.ApprovalForServerTools,
        Parts(turns=approvals.ApprovalForServerTools),
        ("APPR-2",),
    ),
    Mutant.of(
        "M42",
        lifetimes.TurnOfServer,
        Parts(turns=lifetimes.TurnOfServer),
        ("LIVE-4", 'never model.asked(turn: t2, says: "read it")'),
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
        "M32", lifetimes.ToldBeforeStored, Parts(turns=lifetimes.ToldBeforeStored), ("STORE-1",)
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
        "M44",
        lifetimes.DecisionOfOrigin,
        Parts(dialogue=lifetimes.DecisionOfOrigin),
        ("LIVE-2", "eventually turn.completed(turn: t) within 60s"),
    ),
    Mutant.of("M45", queues.OneTurnAUser, Parts(turns=queues.OneTurnAUser), ("LIVE-5",)),
    Mutant.of("M47", queues.LocksKept, Parts(locks=queues.LocksKept), ("LOCK-2",)),
    Mutant.of(
        "M49", background.SweepRegardless, Parts(closing=background.SweepRegardless), ("STORE-6",)
    ),
    Mutant.of("M51", background.FinishedAgain, Parts(closing=background.FinishedAgain), ("JOB-4",)),
    Mutant.of(
        "M54",
        approvals.TurnBesideApproval,
        Parts(turns=approvals.TurnBesideApproval, approvals=approvals.AskedBesideAnother),
        ("APPR-5",),
    ),
    Mutant.of(
        "M57", background.BlockWrittenOver, Parts(learning=background.BlockWrittenOver), ("JOB-6",)
    ),
    Mutant.of(
        "H01",
        deliveries.WireIdsReused,
        Parts(delegation=deliveries.WireIdsReused),
        ("DELIV-2",),
        "modelcontextprotocol/python-sdk#3137",
    ),
    Mutant.of(
        "H02",
        deliveries.KeyedByWireId,
        Parts(delegation=deliveries.KeyedByWireId),
        ("ISO-4",),
        "modelcontextprotocol/typescript-sdk#742",
    ),
    Mutant.of(
        "H03",
        deliveries.CallLeftAfterTimeout,
        Parts(delegation=deliveries.CallLeftAfterTimeout),
        ("DELIV-5", "DELIV-8"),
    ),
    Mutant.of(
        "H04",
        deliveries.CallLeftAfterCancel,
        Parts(delegation=deliveries.CallLeftAfterCancel),
        ("DELIV-5", "DELIV-8"),
    ),
    Mutant.of(
        "H05",
        deliveries.LateAnswerCounts,
        Parts(delegation=deliveries.LateAnswerCounts),
        ("DELIV-1", "DELIV-5"),
    ),
    Mutant.of(
        "H06",
        deliveries.LossUnnoticed,
        Parts(delegation=deliveries.LossUnnoticed),
        ("DELIV-8",),
    ),
    Mutant.of(
        "H07",
        deliveries.CallsLostWithSibling,
        Parts(delegation=deliveries.CallsLostWithSibling),
        ("never call.lost(turn: t)",),
    ),
    Mutant.of(
        "H08",
        lifetimes.TurnOfFirstDevice,
        Parts(turns=lifetimes.TurnOfFirstDevice),
        (
            "LIVE-4",
            "never turn.cancelled(turn: t)",
            "eventually turn.completed(turn: t2) within 60s",
        ),
    ),
    Mutant.of(
        "H09",
        approvals.ConsumedAfterwards,
        Parts(turns=approvals.ConsumedAfterwards),
        ("APPR-1",),
        "microsoft/agent-framework#7458",
    ),
    Mutant.of(
        "H10",
        approvals.ApprovalForTool,
        Parts(turns=approvals.ApprovalForTool),
        ("APPR-2",),
        "pydantic/pydantic-ai#5761",
    ),
    Mutant.of(
        "H11",
        cancellations.ApprovalLeftPending,
        Parts(cancellation=cancellations.ApprovalLeftPending),
        ("finally no pending", "APPR-4"),
        "letta-ai/letta#3176",
    ),
    Mutant.of(
        "H12",
        endings.EndWithoutLock,
        Parts(turns=endings.EndWithoutLock, locks=endings.LocksLeftEarly),
        (
            (
                'exactly one of model.asked(turn: t1, says: "from the phone"),'
                ' model.asked(turn: t2, says: "from the laptop")'
            ),
            "ORD-6",
        ),
    ),
    Mutant.of("H13", queues.AllLetIn, Parts(locks=queues.AllLetIn), ("LOCK-1",)),
    Mutant.of(
        "H14",
        queues.LastComeFirstServed,
        Parts(locks=queues.LastComeFirstServed),
        ("LOCK-3", "turn.completed(turn: t2) before turn.started(turn: t3)"),
    ),
    Mutant.of(
        "H15",
        lifetimes.QuietArrival,
        Parts(dialogue=lifetimes.QuietArrival),
        ("APPR-7",),
    ),
)

MUTANTS: Mapping[str, Mutant] = MappingProxyType({mutant.name: mutant for mutant in _ALL})
"""Every mutant by its name, in order."""
