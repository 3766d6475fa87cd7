import pytest
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle import library
from fascicle.understanding.topic_linker import Aliases, TopicLinker


@pytest.fixture(scope="module")
def aliases() -> Aliases:
    return Aliases(library.names_of([library.default()]))


def values(aliases, text, label, *, excluded=False) -> list[str]:
    return [link.value for link in aliases.find(text) if link.label == label and link.excluded == excluded]


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("What causes lip twitching?", ["lip_twitching"]),
        ("How is Bell's palsy treated?", ["bells_palsy"]),
        ("How is Bell’s palsy treated?", ["bells_palsy"]),
        ("is there a cure for tourettes", ["tourette_syndrome"]),
        ("COFFEE", ["caffeine"]),
        ("A.L.S.", ["als"]),
        ("I have hypoparathyroidism 😬", ["hormonal_imbalance"]),
        # misspelled
        ("bells palsey", ["bells_palsy"]),
        ("do i have turrets", ["tourette_syndrome"]),
        ("lou gerig", ["als"]),
        ("low K", ["potassium_deficiency"]),
        ("is parkinsins curable", ["parkinsons_disease"]),
        ("hypoparathyroid", ["hormonal_imbalance"]),
        ("hemifacal spasm", ["hemifacial_spasm"]),
        ("to much alcahol", ["alcohol_drugs"]),
        # several, in the order in which they are named
        ("is it caffeine or stress?", ["caffeine", "stress"]),
        ("als vs parkinsons vs bells palsy", ["als", "parkinsons_disease", "bells_palsy"]),
        ("does my lip twitch because of ALS?", ["lip_twitching", "als"]),
        ("stress\ncaffeine", ["stress", "caffeine"]),
        # nothing
        ("", []),
        ("🙂🙂", []),
        ("as all of us also saw", []),
        ("I also think this is fun", []),
        ("it pulls to the side", []),
        ("sorry to bother you", []),
        ("twitch stream", []),
        ("is it serious?", []),
    ],
)
def test_topics_are_found(aliases, text, topics):
    assert values(aliases, text, "topic") == topics


@pytest.mark.parametrize(
    ("text", "excluded", "topics"),
    [
        ("not caffeine, what else?", ["caffeine"], []),
        ("it isn't stress or caffeine", ["stress", "caffeine"], []),
        ("I have ruled out caffeine, stress and alcohol", ["caffeine", "stress", "alcohol_drugs"], []),
        ("no caffeine and no stress, so what is it?", ["caffeine", "stress"], []),
        ("I quit coffee, could it be ALS?", ["caffeine"], ["als"]),
        ("quit coffee weeks ago, still there", ["caffeine"], []),
        ("do I have to quit coffee?", [], ["caffeine"]),
        ("if I cut out caffeine, will it stop", [], ["caffeine"]),
        ("my potassium was fine, what is left", ["potassium_deficiency"], []),
        ("my potassium level came back normal", ["potassium_deficiency"], []),
        ("my potassium is low", [], ["potassium_deficiency"]),
        ("I never drink alcohol", ["alcohol_drugs"], []),
        ("not only caffeine but also stress", [], ["caffeine", "stress"]),
        ("I am not worried about als", [], ["als"]),
    ],
)
def test_a_topic_that_is_ruled_out_is_marked(aliases, text, excluded, topics):
    assert values(aliases, text, "topic", excluded=True) == excluded
    assert values(aliases, text, "topic") == topics


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("does low magnesium do it?", ["magnesium"]),
        ("can dehydration or MS cause it", ["dehydration", "multiple sclerosis"]),
        ("my symptoms and terms", []),
    ],
)
def test_subjects_outside_the_article_are_found(aliases, text, outside):
    assert values(aliases, text, "outside") == outside


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("what about surgery", ["hemifacial_spasm.treatment"]),
        ("my hands shake", ["parkinsons_disease.symptoms"]),
        ("what does the bottle say", []),
    ],
)
def test_terms_of_a_passage_are_found(aliases, text, passages):
    assert values(aliases, text, "passage") == passages


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("low vitamin d", [("outside", "vitamin D deficiency")]),
        ("vitamin d supplements", [("passage", "hormonal_imbalance.treatment")]),
        ("the new als drug", [("passage", "als.treatment")]),
    ],
)
def test_the_longest_name_wins(aliases, text, found):
    assert [(link.label, link.value) for link in aliases.find(text)] == found


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("So… is it Bell’s palsy, or stress?!", ["Bell’s palsy", "stress"]),
        ("😬 parkinsins 😬", ["parkinsins"]),
    ],
)
def test_links_mark_the_words_as_they_were_typed(aliases, text, stretches):
    assert [text[link.start : link.end] for link in aliases.find(text)] == stretches


def test_a_linker_sets_entities_from_the_library():
    message = Message({"text": "not caffeine, is it turrets?"})
    TopicLinker.create({}, None, None, None).process([message])
    found = [(entity["entity"], entity["value"], entity["excluded"]) for entity in message.get("entities")]
    assert found == [("topic", "caffeine", True), ("topic", "tourette_syndrome", False)]


@pytest.mark.parametrize(("kind", "value"), [("topic", "gout"), ("passage", "als.cost")])
def test_an_example_that_marks_what_no_article_has_stops_the_training(kind, value):
    entities = [{"entity": kind, "value": value, "start": 0, "end": 4}]
    data = TrainingData([Message({"text": "this?", "intent": "ask_topic", "entities": entities})])
    with pytest.raises(RasaException, match=f"{kind} '{value}', which no article has"):
        TopicLinker.create({}, None, None, None).process_training_data(data)


@pytest.mark.parametrize(
    ("text", "topics", "excluded"),
    [
        ("isn't Bell's palsy serious?", ["bells_palsy"], []),
        ("and isn't ALS curable", ["als"], []),
        ("why doesn't potassium help?", ["potassium_deficiency"], []),
        ("it isn't stress", [], ["stress"]),
        ("she doesn't drink coffee", [], ["caffeine"]),
        ("my problem wasn't alcohol", [], ["alcohol_drugs"]),
    ],
)
def test_a_no_that_asks_rules_nothing_out(aliases, text, topics, excluded):
    assert values(aliases, text, "topic") == topics
    assert values(aliases, text, "topic", excluded=True) == excluded


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("hypoparathyroidismsymptoms", ["hormonal_imbalance"]),
        ("tourettestreatment", ["tourette_syndrome"]),
        ("hyperparathyroidism", []),
        ("hyperkalemia", []),
        ("hypokalemia", ["potassium_deficiency"]),
        ("understanding", []),
    ],
)
def test_words_run_together_are_cut_and_too_much_is_not_too_little(aliases, text, topics):
    assert values(aliases, text, "topic") == topics


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("coke", [("topic", "caffeine"), ("topic", "alcohol_drugs")]),
        ("botox", [("passage", "hemifacial_spasm.treatment"), ("passage", "tourette_syndrome.treatment")]),
        ("diet coke", [("topic", "caffeine")]),
    ],
)
def test_a_name_may_stand_for_several_things(aliases, text, found):
    assert [(link.label, link.value) for link in aliases.find(text)] == found
