"""What a service team tries in a year: each change or offer with its question in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Idea:
    """One change or offer: its name, what is asked of it, who decides, and which need it is about."""

    name: str
    en: str
    zh: str
    owner: str
    need: str


CHANGES = (
    Idea(
        "order_status_messages",
        "Do fewer customers ask again now that order status is sent unasked?",
        "主动发送订单状态后，再次来询问的客户少了吗？",
        "logistics",
        "where_is_order",
    ),
    Idea(
        "clearer_return_steps",
        "Do fewer customers write twice since the return steps fit on one page?",
        "退货步骤改为一页说明后，重复来咨询的客户少了吗？",
        "returns",
        "refund_rule_unclear",
    ),
    Idea(
        "refund_date_in_reply",
        "Do fewer customers ask again when the reply names the day of the refund?",
        "回复中写明退款日期后，再次来询问的客户少了吗？",
        "finance",
        "refund_slow",
    ),
    Idea(
        "one_owner_per_case",
        "Do fewer contacts come back when one agent keeps a case to its end?",
        "一个工单由同一位客服负责到底后，再次来的客户少了吗？",
        "service",
        "no_authority",
    ),
    Idea(
        "courier_hotline",
        "Does a direct line to the courier get delivery problems solved at once?",
        "与快递公司直接通话后，配送问题能一次解决吗？",
        "logistics",
        "promise_not_kept",
    ),
    Idea(
        "manual_with_pictures",
        "Do fewer customers write again since the manual has pictures?",
        "说明书配上图片后，再次来咨询的客户少了吗？",
        "product",
        "unclear_manual",
    ),
    Idea(
        "agent_refund_limit",
        "Do fewer contacts come back since agents may refund small sums themselves?",
        "客服可自行小额退款后，再次来的客户少了吗？",
        "service",
        "no_authority",
    ),
    Idea(
        "checked_addresses",
        "Do fewer parcels lead to a second contact since addresses are checked?",
        "下单时核对地址后，因包裹再次来询问的客户少了吗？",
        "logistics",
        "where_is_order",
    ),
    Idea(
        "shared_case_notes",
        "Do fewer customers have to repeat themselves since all desks see the notes?",
        "各组都能看到处理记录后，需要重复说明的客户少了吗？",
        "service",
        "sent_to_wrong_team",
    ),
    Idea(
        "bot_hands_over_early",
        "Do fewer contacts come back since the bot hands over after one failed answer?",
        "机器人一次答不上就转人工后，再次来的客户少了吗？",
        "service",
        "bot_dead_end",
    ),
    Idea(
        "call_before_closing",
        "Do fewer contacts come back when agents call before they close a case?",
        "结案前先打电话确认后，再次来的客户少了吗？",
        "service",
        "guidance_missing",
    ),
    Idea(
        "spare_parts_list",
        "Do fewer customers write again since spare parts are listed in the shop?",
        "商城列出配件后，再次来咨询的客户少了吗？",
        "product",
        "missing_function",
    ),
    Idea(
        "setup_video",
        "Do fewer buyers write twice since there is a video on setting up?",
        "有了安装视频后，重复来咨询的买家少了吗？",
        "product",
        "too_complex",
    ),
    Idea(
        "second_line_chat",
        "Do fewer contacts come back since the first desk can ask experts by chat?",
        "一线可随时询问专家后，再次来的客户少了吗？",
        "service",
        "wrong_information",
    ),
    Idea(
        "weekly_answer_review",
        "Do fewer contacts come back since answers are reviewed every week?",
        "每周复核回复后，再次来的客户少了吗？",
        "training",
        "wrong_information",
    ),
    Idea(
        "delay_notice",
        "Do fewer customers write again when a delay is announced a day ahead?",
        "提前一天通知延误后，再次来询问的客户少了吗？",
        "logistics",
        "status_update_missing",
    ),
    Idea(
        "simpler_warranty_form",
        "Do fewer customers write twice since the warranty form has five fields?",
        "保修表减为五项后，重复来咨询的客户少了吗？",
        "product",
        "product_defect",
    ),
    Idea(
        "night_desk",
        "Do fewer contacts come back since the desk answers at night?",
        "夜间也有人答复后，再次来的客户少了吗？",
        "service",
        "long_queue",
    ),
)

OFFERS = (
    Idea(
        "coupon_after_late_parcel",
        "Does a coupon after a late parcel bring in more than it costs?",
        "包裹迟到后送优惠券，收益高于成本吗？",
        "marketing",
        "promise_not_kept",
    ),
    Idea(
        "free_return_label",
        "Does a free return label bring in more than it costs?",
        "免费退货标签的收益高于成本吗？",
        "returns",
        "refund_rule_unclear",
    ),
    Idea(
        "apology_with_points",
        "Do bonus points with an apology bring in more than they cost?",
        "致歉并赠送积分，收益高于成本吗？",
        "marketing",
        "attitude",
    ),
    Idea(
        "express_replacement",
        "Does sending a replacement by express bring in more than it costs?",
        "加急寄出换货，收益高于成本吗？",
        "logistics",
        "product_defect",
    ),
    Idea(
        "call_from_a_manager",
        "Does a call from a manager after a complaint bring in more than it costs?",
        "投诉后由主管致电，收益高于成本吗？",
        "service",
        "attitude",
    ),
    Idea(
        "longer_warranty",
        "Does a year more of warranty after a repair bring in more than it costs?",
        "维修后延保一年，收益高于成本吗？",
        "product",
        "product_defect",
    ),
    Idea(
        "free_shipping_next_time",
        "Does free shipping on the next order bring in more than it costs?",
        "下一单免运费，收益高于成本吗？",
        "marketing",
        "where_is_order",
    ),
    Idea(
        "setup_help_by_phone",
        "Does help with setting up by phone bring in more than it costs?",
        "电话协助安装，收益高于成本吗？",
        "product",
        "too_complex",
    ),
    Idea(
        "same_day_refund",
        "Does a refund on the same day bring in more than it costs?",
        "当天退款，收益高于成本吗？",
        "finance",
        "refund_slow",
    ),
    Idea(
        "handwritten_card",
        "Does a handwritten card after a complaint bring in more than it costs?",
        "投诉后寄手写卡片，收益高于成本吗？",
        "service",
        "attitude",
    ),
    Idea(
        "gift_with_replacement",
        "Does a small gift with a replacement bring in more than it costs?",
        "换货时附赠小礼物，收益高于成本吗？",
        "marketing",
        "product_defect",
    ),
    Idea(
        "personal_contact",
        "Does a contact person of their own bring in more than it costs?",
        "配备专属客服，收益高于成本吗？",
        "service",
        "sent_to_wrong_team",
    ),
    Idea(
        "survey_with_reward",
        "Does a reward for answering a survey bring in more than it costs?",
        "答问卷有奖，收益高于成本吗？",
        "marketing",
        "unanswered_question",
    ),
    Idea(
        "discount_after_refund",
        "Does a discount after a refund bring in more than it costs?",
        "退款后给折扣，收益高于成本吗？",
        "marketing",
        "refund_slow",
    ),
    Idea(
        "early_access",
        "Does early access to new goods bring in more than it costs?",
        "新品优先购买，收益高于成本吗？",
        "marketing",
        "missing_function",
    ),
)


FASTER = (
    Idea(
        "routing_by_skill",
        "Are problems solved sooner since contacts go to agents by skill?",
        "按技能分派工单后，问题解决得更快了吗？",
        "service",
        "sent_to_wrong_team",
    ),
    Idea(
        "refund_in_one_step",
        "Are refunds done sooner since finance approves in one step?",
        "财务一步审批后，退款处理得更快了吗？",
        "finance",
        "refund_slow",
    ),
    Idea(
        "weekend_experts",
        "Are hard cases solved sooner since experts work at weekends?",
        "专家周末值班后，疑难工单解决得更快了吗？",
        "service",
        "long_queue",
    ),
    Idea(
        "parts_in_stock",
        "Are repairs done sooner since spare parts are in stock?",
        "配件备货后，维修完成得更快了吗？",
        "product",
        "product_defect",
    ),
)


def idea(ideas: tuple[Idea, ...], place: int) -> Idea:
    """The idea at a place; beyond the last one the first comes again at another site."""
    again, which = divmod(place, len(ideas))
    one = ideas[which]
    if not again:
        return one
    site = again + 1
    return Idea(
        f"{one.name}_site_{site}",
        f"Site {site}: {one.en}",
        f"{site} 号站点：{one.zh}",
        one.owner,
        one.need,
    )
