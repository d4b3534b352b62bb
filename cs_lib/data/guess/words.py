"""What columns and values are usually called, in English, Chinese and German and by the common help desks.

Names stand without capitals, blanks and signs, as `squeezed` makes them; earlier ones are preferred.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

TICKET = ("contactid", "ticketid", "ticketnumber", "ticketno", "ticket", "caseid", "casenumber", "caseno",
          "incidentid", "incidentnumber", "issuekey", "issueid", "requestid", "requestnumber", "conversationid",
          "complaintid", "complaintnumber", "messageid", "工单号", "工单编号", "工单id", "投诉编号", "投诉单号",
          "投诉id", "受理编号", "受理单号", "案件编号", "事件编号", "留言编号", "会话id", "单号", "ticketnummer",
          "vorgangsnummer", "fallnummer")  # fmt: skip
CUSTOMER = ("customerid", "requesterid", "userid", "clientid", "accountid", "memberid", "customernumber",
            "customerno", "客户编号", "客户id", "客户号", "用户id", "用户编号", "会员编号", "会员id", "会员号",
            "kundennummer", "kundenid", "customeruniqueid", "customeremail", "requesteremail", "callerid",
            "customer", "requester", "client", "user", "caller", "reporter", "客户", "用户", "会员", "kunde",
            "customername", "requestername", "accountname", "客户姓名", "客户名称")  # fmt: skip
AGENT = ("agentid", "assigneeid", "agent", "assignee", "assigneename", "assignedto", "agentname", "resource",
         "orgresource", "坐席工号", "工号", "处理人", "客服", "坐席", "受理人", "bearbeiter")  # fmt: skip
TEAM = ("teamid", "team", "groupid", "group", "groupname", "ticketgroup", "assignmentgroup", "assignedgroup",
        "supportteam", "queue", "department", "处理组", "团队", "班组", "技能组", "组", "处理部门", "部门",
        "处理班组", "受理组", "客服组", "小组", "服务组", "处理小组", "所属组", "gruppe", "abteilung")  # fmt: skip
CREATED = ("createdat", "created", "createdon", "createdtime", "createddate", "creationdate", "datecreated",
           "创建时间", "创建日期", "erstelltam", "erstellt")  # fmt: skip
# Of a step, whatever it is called; a status may be a step, too, but says less surely that rows are steps.
ACTIVITY = ("activity", "activityname", "conceptname", "eventtype", "event", "action", "step", "task", "taskname",
            "handling", "活动", "操作", "环节", "节点")  # fmt: skip
# A log with a row for the start of a step and one for its end: the column that says which, and the step's own number.
LIFECYCLE = ("lifecycletransition", "lifecycle", "registrationtype", "transition", "lifecycleid")
INSTANCE = (
    "activityinstanceid",
    "activityinstance",
    "conceptinstance",
    "instanceid",
    "handlingid",
    "taskid",
)
STARTED, ENDED = (
    ("start", "started", "begin", "开始"),
    ("complete", "completed", "end", "完成", "结束"),
)
ORDER = ("orderid", "ordernumber", "orderno", "order", "订单号", "订单编号", "bestellnummer")
PRODUCT = ("productid", "product", "sku", "产品编号", "产品", "商品", "produkt")

HEADERS: dict[str, dict[str, tuple[str, ...]]] = {
    "contacts": {
        "contact_id": (*TICKET, "number", "key", "id", "编号"),
        "customer_id": CUSTOMER,
        "opened_at": (
            "openedat", "opened", "openedon", "opendate", "dateopened", "datetimeopened", *CREATED,
            "ticketcreatedtimestamp", "ticketcreated", "submittedat", "receivedat", "reportedat", "提交时间",
            "受理时间", "建单时间", "来电时间", "投诉时间", "登记时间", "发起时间", "留言时间", "开单时间",
            "eröffnetam", "angelegtam", "eingang"),
        "first_response_at": (
            "firstresponseat", "firstreplyat", "firstrespondedat", "initialresponsetime", "firstresponsetime",
            "首次响应时间", "首次回复时间", "首响时间", "ersteantwortam"),
        "resolved_at": (
            "resolvedat", "solvedat", "resolved", "solved", "resolvedon", "resolveddate", "resolvedtime",
            "resolutiondate", "dateresolved", "ticketsolvedtimestamp", "ticketsolved", "解决时间", "解决日期",
            "办结时间", "处理完成时间", "gelöstam", "erledigtam"),
        "closed_at": (
            "closedat", "closed", "closedon", "closeddate", "closedtime", "closedate", "dateclosed",
            "datetimeclosed", "关闭时间", "关单时间", "结单时间", "结案时间", "geschlossenam"),
        "follow_up_due_at": (
            "followupdueat", "followupdue", "callbackdueat", "promisedcallat", "回访截止时间", "约定回访时间",
            "承诺回访时间"),
        "status": ("status", "state", "ticketstatus", "casestatus", "状态", "工单状态", "处理状态", "当前状态"),
        "channel": (
            "channel", "via", "ticketchannel", "contactchannel", "caseorigin", "source", "origin",
            "contacttype", "渠道", "受理渠道", "来源渠道", "来源", "kanal"),
        "is_complaint": ("iscomplaint", "complaintflag", "是否投诉"),
        "issue": (
            "issue", "category", "tickettype", "issuetype", "complainttype", "casereason", "contactreason",
            "requesttype", "type", "servicetype", "投诉类型", "问题类型", "工单类型", "问题分类", "类型",
            "类别", "分类", "kategorie"),
        "need_code": ("needcode",),
        "owner": ("owner",),
        "root_cause": ("rootcause", "根本原因"),
        "priority": ("priority", "severity", "urgency", "seriousness", "优先级", "紧急程度", "priorität"),
        "team_id": TEAM,
        "agent_id": AGENT,
        "handled_by": ("handledby",),
        "order_id": ORDER,
        "product_id": PRODUCT,
        "merged_into": ("mergedinto",),
        "parent_contact_id": ("parentcontactid", "parentid"),
        "handle_seconds": ("handleseconds", "handlingseconds", "handletimeseconds"),
        "subject": ("subject", "title", "summary", "shortdescription", "topic", "主题", "标题", "betreff"),
    },
    "events": {
        "event_id": ("eventid",),
        "contact_id": ("caseconceptname", "case", "traceid", "patientid", "patient", "案例编号", *TICKET),
        "ts": (
            "ts", "timestamp", "timetimestamp", "eventtime", "completetimestamp", "endtimestamp", "completedat",
            "endedat", "endtime", "occurredat", "time", "操作时间", "完成时间", "结束时间", "时间", *CREATED),
        "seq": ("seq", "sequence", "order", "序号"),
        "stage": ("stage", *ACTIVITY, "substatus", "status", "状态"),
        "raw_stage": ("rawstage",),
        "actor": ("actor",),
        "agent_id": (*AGENT, "employee", "originator", "员工"),
        "team_id": TEAM,
        "is_public": ("ispublic",),
        "started_at": ("startedat", "starttimestamp", "starttime", "开始时间"),
    },
    "surveys": {
        "survey_id": ("surveyid", "responseid", "reviewid", "问卷编号"),
        "contact_id": TICKET,
        "customer_id": CUSTOMER,
        "kind": ("kind",),
        "offered_at": ("offeredat", "sentat", "surveysentat", "reviewcreationdate", "发送时间"),
        "answered_at": ("answeredat", "respondedat", "submittedat", "reviewanswertimestamp", "评价时间",
                        "提交时间"),
        "score": ("score", "rating", "reviewscore", "csat", "nps", "评分", "得分", "满意度"),
        "scale_min": ("scalemin",),
        "scale_max": ("scalemax",),
        "reason": ("reason", "comment", "原因"),
    },
    "customers": {
        "customer_id": CUSTOMER,
        "first_seen_at": ("firstseenat", "registeredat", "signupdate", "signedupat", "注册时间"),
        "segment": ("segment", "customertype", "tier", "会员等级"),
        "region": ("region", "customerstate", "country", "city", "省份", "地区"),
        "referred_by": ("referredby",),
    },
    "orders": {
        "order_id": ORDER,
        "customer_id": CUSTOMER,
        "ordered_at": (
            "orderedat", "orderdate", "ordertime", "placedat", "orderpurchasetimestamp", "下单时间",
            "订单时间", "bestelldatum", *CREATED),
        "promised_at": ("promisedat", "orderestimateddeliverydate", "预计送达时间"),
        "delivered_at": ("deliveredat", "ordercustomerdeliverydate", "orderdeliveredcustomerdate",
                         "deliverydate", "送达时间", "签收时间"),
        "cancelled_at": ("cancelledat", "canceledat", "取消时间"),
        "amount": ("amount", "ordertotal", "orderamount", "total", "revenue", "实付金额", "订单金额", "金额",
                   "betrag", "umsatz"),
        "margin": ("margin",),
        "product_id": PRODUCT,
        "category": ("category", "品类"),
    },
    "visits": {"customer_id": CUSTOMER, "visited_at": ("visitedat", "visittime", "访问时间")},
    "exposure": {
        "date": ("date", "day", "日期"),
        "segment": ("segment",),
        "orders": ("orders", "订单数"),
        "active_users": ("activeusers", "活跃用户数"),
    },
    "perk_assignments": {
        "assignment_id": ("assignmentid",),
        "experiment_id": ("experimentid", "experiment", "experimentname", "test", "campaign", "实验编号", "实验"),
        "customer_id": CUSTOMER,
        "contact_id": TICKET,
        "variant": ("variant", "arm", "testgroup", "treatment", "bucket", "group", "组别", "实验组别", "分组",
                    "变体", "gruppe"),
        "perk_kind": ("perkkind",),
        "assigned_at": ("assignedat", "assignedon", "assignmentdate", "dateassigned", "randomisedat", "randomizedat",
                        "分配时间", "分组时间", "入组时间", "date", *CREATED),
        "delivered_at": ("deliveredat", "sentat", "发放时间"),
        "expires_at": ("expiresat", "过期时间"),
        "face_value": ("facevalue", "面额"),
        "unit_cost": ("unitcost",),
        "stratum": ("stratum",),
    },
    "perk_redemptions": {
        "assignment_id": ("assignmentid",),
        "redeemed_at": ("redeemedat", "核销时间"),
        "order_id": ORDER,
        "discount_amount": ("discountamount",),
    },
    "flow_changes": {
        "change_id": ("changeid",),
        "name": ("name",),
        "kind": ("kind",),
        "live_at": ("liveat", "golive", "上线时间"),
        "ended_at": ("endedat",),
        "scope": ("scope",),
        "rollout": ("rollout",),
    },
    "codings": {
        "contact_id": TICKET,
        "coder": ("coder", "codedby", "annotator", "annotatedby", "labeler", "labeller", "labeledby", "labelledby",
                  "rater", "reviewer", "reviewedby", "编码人", "编码员", "标注人", "标注员", "标注者", "质检员",
                  "kodiertvon", "kodierer"),
        "method": ("method", "codingmethod", "labelsource", "编码方式", "标注方式", "编码来源", "methode"),
        "coded_at": ("codedat", "codedon", "codingdate", "datecoded", "annotatedat", "labeledat", "labelledat",
                     "reviewedat", "编码时间", "编码日期", "标注时间", "标注日期", "质检时间", "kodiertam"),
        "need_code": ("needcode", "need", "customerneed", "需求", "需求编码", "需求代码", "客户需求", "诉求",
                      "bedarf"),
        "owner": ("owner", "causeowner", "责任方", "责任归属", "归因", "verantwortlich"),
        "root_cause": ("rootcause", "cause", "根因", "根本原因", "原因编码", "ursache"),
        "stratum": ("stratum", "strata", "分层", "抽样层", "schicht"),
        "sampling_weight": ("samplingweight", "weight", "抽样权重", "权重", "gewicht"),
    },
    "agents": {
        "agent_id": AGENT,
        "team_id": TEAM,
        "kind": ("kind",),
        "hired_at": ("hiredat", "hiredate", "入职时间"),
        "cost_per_hour": ("costperhour",),
    },
}  # fmt: skip

# Without these a file is not taken for such a table.
CORE: dict[str, tuple[str, ...]] = {
    "contacts": ("contact_id", "opened_at"),
    "events": ("contact_id", "ts", "stage"),
    "surveys": ("survey_id", "offered_at", "score"),
    "customers": ("customer_id",),
    "orders": ("order_id", "ordered_at"),
    "visits": ("customer_id", "visited_at"),
    "exposure": ("date", "orders"),
    "perk_assignments": ("customer_id", "variant", "assigned_at"),
    "perk_redemptions": ("assignment_id", "redeemed_at"),
    "flow_changes": ("change_id", "live_at"),
    "codings": ("contact_id", "coder", "method", "coded_at"),
    "agents": ("agent_id", "hired_at"),
}
FILE_NAMES: dict[str, tuple[str, ...]] = {
    "contacts": ("contact", "ticket", "case", "incident", "complaint", "issue", "工单", "投诉", "留言"),
    "events": ("event", "log", "history", "日志"),
    "surveys": ("survey", "csat", "nps", "review", "问卷", "评价", "满意度"),
    "customers": ("customer", "user", "client", "客户", "会员"),
    "orders": ("order", "订单", "bestell"),
    "perk_assignments": ("assign", "experiment", "abtest", "分组", "实验"),
    "codings": ("coding", "coded", "annotation", "label", "编码", "标注"),
}  # fmt: skip

STATUS = {
    "new": ("new", "unassigned", "created", "新建", "待受理", "未受理", "neu"),
    "open": ("open", "inprogress", "assigned", "active", "reopened", "accepted", "workinprogress", "处理中", "待处理",
             "进行中", "已受理", "未解决", "offen", "inbearbeitung"),
    "waiting_customer": ("pending", "waitingoncustomer", "waitingforcustomer", "awaitingcustomer",
                         "pendingcustomer", "等待客户", "待客户回复", "待用户反馈", "wartetaufkunde"),
    "waiting_third_party": ("waitingonthirdparty", "waitingonvendor", "pendingvendor", "等待第三方"),
    "resolved": ("resolved", "solved", "done", "completed", "fixed", "已解决", "已处理", "已办结", "已完成",
                 "办结", "完成", "gelöst", "erledigt"),
    "closed": ("closed", "已关闭", "关闭", "已结案", "结案", "已归档", "geschlossen"),
    "merged": ("merged", "duplicate", "已合并", "重复"),
    "spam": ("spam", "junk", "垃圾", "骚扰"),
    "cancelled": ("cancelled", "canceled", "withdrawn", "已取消", "已撤销", "取消", "撤销", "storniert"),
}  # fmt: skip
CHANNEL = {
    "phone": ("phone", "call", "telephone", "voice", "hotline", "电话", "热线", "telefon"),
    "chat": ("chat", "livechat", "messaging", "在线", "在线客服", "聊天"),
    "email": ("email", "mail", "邮件", "邮箱"),
    "app": ("app", "mobile", "mobileapp", "inapp"),
    "web": ("web", "webform", "website", "portal", "selfservice", "网页", "网站", "官网"),
    "social": (
        "social",
        "facebook",
        "twitter",
        "whatsapp",
        "wechat",
        "weibo",
        "微信",
        "微博",
        "社交媒体",
    ),
    "store": ("store", "walkin", "branch", "门店", "现场"),
    "bot": ("bot", "chatbot", "机器人"),
    "other": ("other", "others", "api", "其他", "其它"),
}
STAGE = {
    "created": (
        "created",
        "opened",
        "createticket",
        "registration",
        "register",
        "registered",
        "创建",
        "登记",
    ),
    "queued": ("queued", "queue", "waitinginqueue", "awaitingassignment", "排队"),
    "assigned": ("assigned", "assign", "分配"),
    "in_progress": ("inprogress", "takeincharge", "takeinchargeticket", "workinprogress", "处理中"),
    "replied": ("replied", "reply", "回复"),
    "waiting_customer": (
        "waitingcustomer",
        "waitingforcustomer",
        "pendingcustomer",
        "pending",
        "等待客户",
        "待客户回复",
    ),
    "waiting_third_party": ("waitingthirdparty", "waitingforvendor", "onhold", "等待第三方"),
    "transferred": ("transferred", "transfer", "转派", "转接"),
    "escalated": ("escalated", "escalate", "escalation", "升级"),
    "resolved": (
        "resolved",
        "solved",
        "resolve",
        "resolveticket",
        "checkout",
        "解决",
        "已解决",
        "办结",
    ),
    "reopened": ("reopened", "reopen", "重新打开"),
    "closed": ("closed", "close", "closeticket", "关闭", "已关闭"),
    "follow_up": ("followup", "回访"),
    "other": ("other", "其他"),
}
FLAG = {
    "true": ("true", "t", "yes", "y", "1", "是", "有", "ja"),
    "false": ("false", "f", "no", "n", "0", "否", "无", "nein"),
}
OWNER = {
    "agent": ("agent", "agents", "坐席", "客服", "人员"),
    "service_flow": ("serviceflow", "process", "服务流程", "流程"),
    "business_process": ("businessprocess", "business", "业务流程", "业务"),
    "product": ("product", "产品"),
    "unknown": ("unknown", "unclear", "未知", "不明", "不详"),
}
CODED_BY = {
    "human": ("human", "person", "manual", "people", "人工", "手工", "手动"),
    "rule": ("rule", "rules", "规则"),
    "model": ("model", "machine", "auto", "automatic", "ai", "模型", "机器", "自动"),
}
VALUES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("codings", "owner"): OWNER,
    ("codings", "method"): CODED_BY,
    ("contacts", "status"): STATUS,
    ("contacts", "channel"): CHANNEL,
    ("events", "stage"): STAGE,
}

COMPLAINT = ("complaint", "complaints", "投诉", "beschwerde", "reklamation")
SCORES = (
    "satisfaction",
    "satisfactionscore",
    "satisfactionrating",
    "csat",
    "rating",
    "nps",
    "满意度",
    "评分",
    "评价",
)
ZONES = {
    "utc": "UTC",
    "gmt": "UTC",
    "北京时间": "Asia/Shanghai",
}  # in the name of a column of stamps

MISSING = ("NULL", "null", "N/A", "n/a", "NA", "#N/A", "-", "--", "None", "none", "nan", "NaN", "\\N", "无",
           "0000-00-00", "0000-00-00 00:00:00")  # fmt: skip
TOTALS = ("total", "grandtotal", "sum", "summe", "gesamt", "合计", "总计", "小计")


def squeezed(text: str) -> str:
    """A name without capitals, blanks, signs and what stands in brackets."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", re.sub(r"\([^)]*\)", "", plain) or plain)


def meaning(text: str, known: Mapping[str, tuple[str, ...]]) -> str | None:
    """The code that a value is one of the usual words for."""
    word = squeezed(text)
    return next(
        (code for code, words in known.items() if word == squeezed(code) or word in words), None
    )
