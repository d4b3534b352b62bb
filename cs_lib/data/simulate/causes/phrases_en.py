"""What customers write in English, by need; None: nothing that anyone could code."""

from __future__ import annotations

PRODUCTS = (
    "kettle", "frying pan", "rice cooker", "desk lamp", "bed sheet set", "shelf", "hair dryer",
    "electric toothbrush", "headphones", "power bank", "building blocks", "toy train",
)  # fmt: skip
SOMETHING = "item"

PHRASES: dict[str | None, tuple[str, ...]] = {
    "where_is_order": (
        "Where is my parcel", "My parcel is {days} days overdue", "Order still not here",
        "When will the {product} arrive", "Parcel has been in transit for {days} days",
        "Still waiting for delivery of my {product}", "Parcel not delivered as promised",
        "It should have arrived {days} days ago", "Has my parcel been lost",
    ),
    "status_update_missing": (
        "No delivery update", "Any news on my order", "Tracking has not moved for {days} days",
        "The tracking page shows nothing", "Has my {product} been shipped yet",
        "Nobody told me whether it has left", "No message since I ordered {days} days ago",
        "What is the status of my order", "Please send me the tracking number",
    ),
    "promise_not_kept": (
        "You said it would come today", "Nobody called back", "I was promised a call {days} days ago",
        "Your colleague promised it for yesterday", "Still no call back as agreed",
        "You promised to look into it and did not", "Second promise broken",
        "I was told within a day, that was {days} days ago",
    ),
    "damaged_in_transit": (
        "Box arrived crushed", "Parcel damaged", "The {product} came broken in its box",
        "Packaging was torn open", "Carton wet and dented", "Courier threw the box, all in pieces",
        "Scratches all over from transport", "Parcel was opened and taped again",
        "Broken glass in the parcel with my {product}",
    ),
    "unclear_manual": (
        "How do I set this up", "Manual makes no sense", "Instructions for the {product} are unclear",
        "Step {days} of the manual cannot be done", "The manual does not match the buttons",
        "The words in the instructions mean nothing to me", "Translation of the manual is wrong",
        "The drawings in the booklet are too small", "What does the manual mean by standby",
    ),
    "too_complex": (
        "Cannot get it to work", "Too many settings", "The {product} is too complicated",
        "I have tried for {days} days and give up", "Why so many buttons",
        "My mother cannot use the {product}", "Pairing never works at the first try",
        "Too many steps before it starts", "Can this be made simpler",
    ),
    "guidance_missing": (
        "Need help with first use", "How to clean", "Is there a video for the {product}",
        "Nothing in the box tells how to start", "How often must I clean the {product}",
        "What do I do before first use", "Can somebody show me how it is done",
        "Which setting is right for beginners",
    ),
    "product_defect": (
        "Stopped working", "Faulty on arrival", "The {product} died after {days} days",
        "It does not switch on any more", "Strange noise and then nothing",
        "The {product} gets very hot", "Battery does not charge", "Handle broke off in use",
        "It leaks since day {days}",
    ),
    "missing_function": (
        "Timer is missing", "It cannot do this", "The {product} has no off switch",
        "I expected a timer on the {product}", "No way to set the language",
        "Other brands can do this", "Please add a lower level", "Does not work with my phone",
    ),
    "refund_slow": (
        "Refund not received", "Waiting for my money", "Refund for the {product} takes {days} days",
        "Money is still not on my card", "When do I get my money back",
        "Sent it back {days} days ago, no refund", "The refund is pending for ever",
        "You have the {product} back and I have no money",
    ),
    "refund_rule_unclear": (
        "Can I return this", "Refund conditions", "May I send back an opened {product}",
        "Who pays for the return parcel", "How many days do I have to return it",
        "Is a return without the box accepted", "Do I get all of it back or a part",
        "Return rules on your page differ",
    ),
    "wrong_information": (
        "I was told something else", "Wrong answer", "Your colleague gave me wrong information",
        "Two agents, two answers", "What the agent said about the {product} is not true",
        "I followed your advice and it was wrong", "Bad advice on the phone",
        "The answer of {days} days ago was wrong",
    ),
    "promotion_rule_unclear": (
        "Coupon not applied", "Price differs", "The discount was not taken off",
        "Why does my voucher not count", "Cheaper the day after I ordered",
        "The offer said buy two pay one", "Which orders count for the promotion",
        "Sale price shown, full price charged", "Voucher not valid for the {product}",
    ),
    "out_of_stock": (
        "Colour not available", "Change my order", "The {product} is sold out after I paid",
        "When is the {product} back in stock", "You took my order and have none left",
        "Please swap it for another colour", "Waiting for stock for {days} days",
        "Sold out again",
    ),
    "invoice_error": (
        "Invoice title is wrong", "No invoice", "The tax number on the invoice is wrong",
        "Please send the invoice for the {product}", "Amount on the invoice differs",
        "Invoice made out to the wrong company", "I need the invoice again",
        "Invoice missing for {days} days",
    ),
    "sent_to_wrong_team": (
        "Passed from one to another", "Again", "Third department and still nobody is responsible",
        "I am being transferred in circles", "Wrong department again",
        "Put through {days} times", "Each team sends me to the next", "Who is in charge of this",
    ),
    "long_queue": (
        "Nobody answers", "Waited an hour", "On hold for {days} times ten minutes",
        "The line is always busy", "Number {days} in the queue and not moving",
        "No one picks up the phone", "Chat queue does not move", "Why must I wait so long for a person",
    ),
    "bot_dead_end": (
        "Robot does not understand", "Want a person", "The bot repeats the same answer",
        "The menu has no choice for my problem", "Let me talk to a human",
        "Your assistant goes round in circles", "The robot closed my question",
        "Menu ends without an answer",
    ),
    "no_authority": (
        "Who can decide this", "Ask your manager", "The agent may not decide it",
        "Needs approval and nobody approves", "I want to speak to a supervisor",
        "Everyone says they have no permission", "Waiting {days} days for an approval",
        "Why can you not settle this yourself",
    ),
    "attitude": (
        "Rude reply", "Not treated with respect", "The agent was impatient with me",
        "She hung up on me", "Unfriendly tone in the chat", "He laughed at my question",
        "I was talked down to", "Very impolite colleague",
    ),
    "login_problem": (
        "Cannot log in", "App keeps crashing", "The app does not open",
        "Password reset mail never comes", "The code by text message does not arrive",
        "Logged out every few minutes", "App is frozen since the update", "My account is locked",
    ),
    "unanswered_question": (
        "Question about points", "How does this work", "How many points do I have",
        "When do my points expire", "What can I get for my points", "How do I become a member",
        "Do points count twice this week", "Points of my last order",
    ),
    None: (
        "Question", "Please call me", "Hello", "I have a request", "Need some information",
        "Please get back to me", "About my last message", "Help please",
    ),
    "theme": (
        "Extended warranty added without asking", "I never ordered the warranty",
        "Why is there a warranty on my bill", "Remove the warranty from the {product}",
        "The warranty was ticked for me", "Charged for a warranty I do not want",
        "Cannot buy the {product} without warranty", "Warranty sold to me as a must",
    ),
}  # fmt: skip
