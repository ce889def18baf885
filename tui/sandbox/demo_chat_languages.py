"""Conversations of the demo in other languages and scripts: translations and guests."""

from __future__ import annotations

import random

from tui.sandbox.demo_company import cast
from tui.sandbox.demo_scene import SMALL, Scene, system, user

NOTICES: tuple[dict[str, str], ...] = (
    {
        "en": "Pontoon B is closed on Thursday from 8:00 to 14:00. Please use pontoon C.",
        "Japanese": "木曜日の8時から14時まで、B桟橋は閉鎖されます。C桟橋をご利用ください。",
        "Arabic": (
            "يُغلق الرصيف العائم (ب) يوم الخميس من الساعة 8:00 حتى 14:00. يُرجى استخدام الرصيف (ج)."
        ),
        "Hindi": ("गुरुवार को सुबह 8:00 बजे से 14:00 बजे तक पोंटून B बंद रहेगा। कृपया पोंटून C का उपयोग करें।"),
        "Greek": (
            "Η πλωτή προβλήτα Β θα είναι κλειστή την Πέμπτη 8:00–14:00."
            " Χρησιμοποιήστε την προβλήτα Γ."
        ),
        "Russian": "Понтон B закрыт в четверг с 8:00 до 14:00. Пожалуйста, пользуйтесь понтоном C.",
        "Portuguese": "O pontão B está fechado na quinta-feira das 8h às 14h. Utilize o pontão C.",
        "Korean": "목요일 8시부터 14시까지 B 부교가 폐쇄됩니다. C 부교를 이용해 주세요.",
    },
    {
        "en": "Your gate code opens from noon on the day of arrival. Press # after the code.",
        "Japanese": "ゲートの暗証番号は到着日の正午から使えます。番号の後に#を押してください。",
        "Arabic": "يعمل رمز البوابة ابتداءً من ظهر يوم الوصول. اضغط # بعد إدخال الرمز.",
        "Hindi": "गेट कोड आगमन के दिन दोपहर से काम करेगा। कोड के बाद # दबाएँ।",
        "Greek": "Ο κωδικός της πύλης ισχύει από το μεσημέρι της άφιξης."
        " Πατήστε # μετά τον κωδικό.",
        "Russian": "Код от калитки действует с полудня в день прибытия. После кода нажмите #.",
        "Turkish": "Kapı kodu varış günü öğleden itibaren geçerlidir. Koddan sonra # tuşuna basın.",
        "Thai": "รหัสประตูใช้ได้ตั้งแต่เที่ยงวันของวันที่มาถึง กด # หลังใส่รหัส",
    },
    {
        "en": "Gale warning: force 8 from the south-west after 18:00. Double your lines.",
        "Japanese": "強風警報：18時以降、南西の風、風力8。係留ロープを二重にしてください。",
        "Arabic": "تحذير من عاصفة: رياح جنوبية غربية بقوة 8 بعد الساعة 18:00. ضاعفوا حبال الربط.",
        "Hindi": "तूफ़ान की चेतावनी: 18:00 बजे के बाद दक्षिण-पश्चिम से बल 8। अपनी रस्सियाँ दोहरी करें।",
        "Greek": "Προειδοποίηση θύελλας: νοτιοδυτικός 8 μποφόρ μετά τις 18:00."
        " Διπλασιάστε τους κάβους.",
        "Russian": "Штормовое предупреждение: юго-западный ветер 8 баллов после 18:00."
        " Удвойте швартовы.",
        "Hebrew": "אזהרת סערה: רוח דרום־מערבית בעוצמה 8 אחרי 18:00. הכפילו את החבלים.",
        "Chinese": "大风警告：18时后西南风8级。请加固缆绳。",
    },
)


def translation(draw: random.Random) -> Scene:
    """A notice translated."""
    notice = draw.choice(NOTICES)
    language = draw.choice([name for name in notice if name != "en"])
    return Scene(
        team="docs",
        feature="translation",
        messages=[
            system(f"Translate notices for guests into {language}. Keep numbers and signs."),
            user(notice["en"]),
        ],
        content=notice[language],
        settings={"temperature": 0.2},
        metadata={"language": language, "notice": f"N-{draw.randint(10, 99)}"},
    )


ASKED: tuple[tuple[str, str, str], ...] = (
    (
        "Japanese",
        "{booking}の予約ですが、船の長さが{metres:.1f}メートルに変わりました。追加料金はかかりますか。⚓",
        "ご連絡ありがとうございます。{berth}は{metres:.1f}メートルの船でもご利用いただけます。差額は一泊あたり6ユーロ"
        "で、到着時にお支払いください。",
    ),
    (
        "Arabic",
        "مرحبًا، هل يمكن تأجيل الحجز {booking} ليومين بسبب سوء الأحوال الجوية؟",
        "نعم، يمكن نقل الحجز {booking} يومين دون رسوم ما دام الإشعار قبل 24 ساعة من الوصول. سيبقى"
        " رصيفكم {berth} كما هو.",
    ),
    (
        "Hindi",
        "नमस्ते, {booking} के लिए बिजली का शुल्क अलग से देना होगा क्या?",
        "नमस्ते! {booking} में प्रतिदिन 5 kWh शामिल हैं। उससे अधिक पर 0.42 यूरो प्रति kWh लगेगा,"
        " जो प्रस्थान के समय"
        " जोड़ा जाएगा। 🔌",
    ),
    (
        "Greek",
        "Καλησπέρα, το σκάφος {boat} θα φτάσει μετά τα μεσάνυχτα. Θα είναι ανοιχτή η πύλη;",
        "Καλησπέρα! Η πύλη ανοίγει όλο το εικοσιτετράωρο με τον κωδικό σας. Η θέση {berth}"
        " έχει φως, και"
        " το γραφείο ανοίγει ξανά στις 7:30.",
    ),
    (
        "Russian",
        "Здравствуйте! Можно ли оплатить бронь {booking} на месте наличными?",
        "Здравствуйте! Да, наличные принимает контора гавани с 8:00 до 18:00. Чек на {amount}"
        " евро придёт"
        " и на почту.",
    ),
    (
        "Norwegian",
        "Hei! Får {boat} plass på {metres:.1f} meter i helga? 🇳🇴",
        "Hei! Ja, {berth} er ledig fra fredag. Dere må gjerne komme fra klokka 12, og strøm er"
        " inkludert. Velkommen! ⛵",
    ),
    (
        "Portuguese",
        "Boa tarde, perdi o cartão do cais {berth}. Como entro hoje à noite?",
        "Boa tarde! O código da reserva {booking} também abre a porta: escreva-o seguido de #. Um"
        " cartão novo custa 15 EUR na receção.",
    ),
    (
        "English with emoji",
        "omg the showers 🚿😍 10/10 but where is the 🧺 laundry??",
        "Glad you like them! 😊 The laundry is behind the chandlery: 🧺 4 EUR a wash, 🌬️ 3 EUR for"
        " the dryer, coins or card. 👩🏽‍🔧 {person} has change until 18:00.",
    ),
)


def asked_abroad(draw: random.Random) -> Scene:
    """A guest's question, answered in the guest's language."""
    about = cast(draw)
    language, question, answer = draw.choice(ASKED)
    return Scene(
        team="support",
        feature="guest-chat",
        messages=[
            system("Answer guests of a harbour in the language in which they wrote."),
            user(about.fill(question)),
        ],
        content=about.fill(answer),
        models=SMALL,
        metadata={"language": language, "booking": about.booking},
    )
