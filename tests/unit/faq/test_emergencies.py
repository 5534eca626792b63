"""Emergencies: who needs the emergency services is told so, and who asks about insurance or a menu is not."""

import pytest

from knowledge.faq.critical_topics import Topic, critical_topics
from tests.messages import messages

TOPICS = critical_topics()

DANGER = """
There's a fire in my room | fire in room 412! | Help, the kitchen is on fire | our hotel room is on fire
smoke is coming from the hallway | there is smoke coming out of the washing machine | I can smell gas
we smell gas in the apartment | there's a gas leak in our flat | the carbon monoxide alarm is going off
someone is breaking into my house right now | a man is trying to break into our room | call the police
a man is attacking my wife | there's a man with a knife in the shop | he has a gun | I've been stabbed
There's a fire! | Help, there is a fire | There is a fire | my husband has collapsed and isn't breathing
my baby is not breathing | I think I'm having a heart attack | my mum is having a stroke | my dad is having a seizure
no pulse | please call an ambulance | we need an ambulance now | Call 911 | send the police please
someone is bleeding badly after an accident | a guest is unconscious by the pool | a child is drowning
my mum fell down the stairs, she is unconscious | he's choking | my son is choking on something
we are trapped in the lift | I'm stuck in the elevator | get me an ambulance please | 房间着火了 | 酒店起火了快来人
厨房冒烟了 | 走廊有浓烟 | 我闻到煤气味 | 家里煤气泄漏了 | 有人闯进我家了 | 快叫救护车 | 帮我打120 | 快报警
我妈晕倒了没有呼吸 | 有人溺水了 | 有个人拿着刀 | 我们被困在电梯里了 | 保险柜着火了 | 危险，煤气泄漏了
情况危险，快报警 | 我心脏病发作了 | 孩子噎住了 | 有人大量出血 | 房間着火了 | 我爸突然昏迷了 | 有人在打我
There's been an armed robbery at your branch | the bank is being robbed | there's a bomb in the branch
there is a gunman in the lobby | he hits me and takes my wages | my husband beats me | 屋企火燭
there is a shooting at the mall | there's an intruder in my house | my husband kicked me | there's been an explosion
there's a robbery. | 银行里有人质 | 有三名人質 | 劫匪劫持了人质 | 银行里有人抢劫 | 有人在抢银行 | 分行有炸彈
我被老公家暴 | 我老公打我還拿走我的工資 | 他经常打我
my power bank is swollen and hot | the back of my phone is bulging, it's getting hot
the battery is smoking and swelling | my swollen phone is hot | 鼓包的充电宝越来越烫
chest pain | Severe chest pain! | having chest pains | my dad has chest pain | I have bad chest pains, please help
he collapsed | my dad collapsed | my dad just collapsed in your shop | a guest has collapsed by the pool, please help
SOS | sos! | help, SOS | SOS help | sos please | S.O.S. | Sos, please help!
dad collapsed | grandma collapsed | i collapsed | guest has collapsed | he collapsed help
my son collapsed please help me | chest hurts | my chest hurts, help | pain in my chest
I have a bad pain in my chest! | mild chest pain | crushing chest pain
swollen lithium battery hissing | My phone is hot. The back is bulging | 手机很烫，鼓包 | 鼓起来的电池发烫
电池鼓包了，滋滋响 | 充电宝鼓起来了，很烫 | 手機背面鼓包，冒煙 | 电瓶胀得厉害，嘶嘶响
there are sparks coming out of the router | the new kettle is throwing sparks | 路由器冒火花 | 电梯卡住了！
the socket is sparking | can smell burning from the electric meter | fuse box is crackling
I got a shock when I touched the meter box | sparks are coming out of the fuse box
sparks and a bang from the consumer unit | I got an electric shock off the meter
there are sparks flying from my plug | my son got electrocuted by the cable
the wall is tingling when I touch it, I think it's live | arcing noise from the meter | flames from the socket
the meter box is smoking | my meter is burning hot and smells of melting plastic
there's a bare live wire hanging out the wall | my fuse box just went bang and there's smoke
the CO alarm is going off | my carbon monoxide alarm keeps beeping and I feel sick
pylon wire on the ground, kids near it | a cable has come down in the street and its live | I can smell burning
there's a burning smell coming from the socket | the plug sparks when I put the kettle on
the cooker socket gave me a shock | help, sparks from the light switch | my daughter got a shock from the socket
the tap tingles when I touch it | a power line is down on our road | overhead cable fallen across the road
our CO detector has gone off | the breaker smells burnt | the outlet smells like burning plastic
can you send someone, the socket is sparking | I was electrocuted by the shower switch | 一氧化碳报警器响了 | 插座漏电
电线掉在地上了 | 我被电了一下 | 开关冒火花 | 电表箱在冒烟 | 热水器漏电了 | 孩子触电了 | 我被插座电到了
电表有烧焦的味道 | 闻到一股焦味 | 高压线断了 | 插座打火花 | 煤气报警器一直响 | 家里一氧化碳中毒了 | 燃气报警器响个不停
有人触电 | 洗衣机漏电，电了我一下 | 電線掉在地上了 | 插頭冒火花
carbon monoxide alarm is going off even after I changed the batteries
The CO alarm is going off, I pressed test and it won't stop | the CO detector is sounding, it hasn't expired
I was in touch with you before, and now the wall tingles when I touch it | I touched the switch and got a shock
overhead line lying across the garden | power cables are hanging down over our street | live cable on the ground
I got an electric shock from the charger, it was 20 pounds | someone got electrocuted here, never mind the bill
I got a shock from the meter, it's sparking | I touched the meter and got a shock, it is for the bill
上课的时候高压线断了 | 刚才被电到手了 | 屋里电线掉了还带电
"""
NO_DANGER = """
Does my policy cover fire? | my house burned down last week, how do I claim | what if there is a fire
there was a fire at my office in March and my card machine is damaged | is there a fire exit near my room
where is the fire extinguisher | can I smoke in my room | do you have smoke-free rooms | fire TV remote
I want to fire my adviser | your app is on fire lately | this sale is fire | is the fire pit open
how do I pay my gas bill | does the room have a gas stove | the gas grill smells new | gas card
does the insurance pay if I have a heart attack | my policy after a stroke | heart attack cover
I nearly had a heart attack when I saw the fee | who pays the ambulance bill | is an ambulance covered
emergency cash abroad | how do I change my emergency contact | what is your emergency number
can I use the emergency fund | do I need a police report for my claim | police check certificate
I'm stuck in the queue | trapped in an endless menu | stuck on the login page | my order is stuck
the phone charger caught fire, I want a refund | the lift is broken | is there a lift | which lift
are children allowed in the pool | is there a lifeguard | do you sell knives | kitchen knife set | is there a gun safe
nail gun delivery | glue gun | the app is choking again | bleeding edge | my account is bleeding money
an explosion of fees | this is urgent | it's an emergency transfer | smoke detector is beeping low battery
i cant breathe in this shirt lol, do you have a size larger | I'm choking on these interest rates | 燃气灶打不着火
上个月厨房起火烧坏了橱柜 | 意外险里溺水算意外吗 | 看到账单我差点心脏病发作
This is an emergency, my card was declined | someone is following me on your app | I fell for your advert
the colour is bleeding in the wash | 火险怎么赔 | 房间可以抽烟吗 | 房间有煤气灶吗 | 紧急联系人怎么改 | 急救箱在哪里
救护车费用能报销吗 | 这款手机很火 | 想吃火锅 | 上火了吃什么 | 报警回执怎么上传 | 心脏病能投保吗 | 电梯在哪里
电梯坏了 | 如果房间着火怎么办 | 煤气费怎么交 | 刀具套装多少钱 | 爆炸性新闻 | 昏迷期间保险赔吗 | 紧急转账
工时被砍了，能不能先少还一些 | 预算被砍了 | there's a robbery cover in my policy, isn't there
there is a bath bomb missing | I was robbed last week | he beat me to it | my brother beat me at chess
he hit me up for money | someone hit me with a fee | there is a hold up with my transfer
there's a hold up with my payment | intruder in my account | there is a shooting range near the hotel
I see a bomb shelter on the map | there's an intruder alert | there is an explosion in prices
my chest of drawers | chest of drawers | the shelf collapsed | my tent collapsed | the customer collapsed the menu
SOS button on my phone | how do I set up SOS | is chest pain covered | he collapsed last week, can I claim | chest pain?
the cot for my baby collapsed | the bed of the baby collapsed | my dad collapsed in March, which forms do I need
the chair of my mother collapsed, can I return it | the tent of the guest collapsed in the wind | chair collapsed
the pram with the baby collapsed in the shop | someone collapsed in the film | mild soap | my shoe hurts
our customer collapsed in 2023 owing us money | my customer collapsed and went bankrupt | sos mode | help with sos
my friend collapsed in laughter | the company collapsed | can I buy a chest strap
there's an intruder in my account | he kicked us out of the group | the shop is being held up by customs
he kicked me off the account | 有人质疑你们的服务 | 有人质押了我的股票 | 店里有人质问我 | 没有人质疑 | 没有人质
有没有人质 | is there a burglar alarm | there is an explosion of fees | 小心火烛 | 他打我一万块 | 他打我卡里五百
我在取款机旁被抢劫了 | 她打我电话 | 我妈打我手机 | 你们银行收费简直在抢劫 | 家暴受害者能单独开户吗
The app is unresponsive | I want to send 112 euros to my brother | how do I get 999 points
I'm stuck in the car park, the ticket machine swallowed my card | my keys are locked in the car
We are drowning in debt | your debt collector is threatening me | I locked in a room rate of 120
My card was stolen, will you call the police? | did you call the police on the scammer | people smoke in the corridor
Log fire in the room? | Your fund is beating the market | a virus is attacking my computer
my money is being held hostage by your bank | police verification | does this jacket not breathe?
Can a passenger who has a seizure disorder fly? | 请问119元套餐怎么办理 | 帮我转120元给我妈 | 需要120积分吗
有人一直在打我电话推销 | 我在打人工客服电话 | 可以带刀上飞机吗 | 带着火腿可以过安检吗 | 坐着火车去可以改签吗
我们一起火锅 | 心态爆炸了 | 我的卡被盗刷了，需要报警吗 | 我被骗了，需要报警吗 | 酒店有没有烟 | 燃气泄漏报警器多少钱
can a swollen battery catch fire or smoke | why do batteries get hot and start swelling | why does my phone get hot
the battery is swollen but not hot, can I post it | do you take back swollen batteries | swollen ankle, hot water bottle
is my swollen battery covered, it was hot | 电池鼓包会发热吗 | 电池鼓包了，没发热，还能用吗 | 电池膨胀了可以免费换吗
My ankle is swollen and hot, can I book by phone? | I had swollen fingers after using my phone in the hot sun
牙龈鼓包发烫，手机上怎么预约 | 脚踝胀起来发热，可以用手机预约吗 | 手表表带膨胀，天气很热
充电宝发热正常吗 | 轮胎鼓包了，跑起来很烫 | 面团没有膨胀，烤箱很热 | 手表表带胀气，天气好热
需要报警器吗 | 防溺水课程多少钱 | 爸爸昏迷三个月了，怎么取他的存款 | 癫痫发作史可以坐飞机吗
does it spark joy | I had a bill shock | I got a shock when I saw the bill | the meter reading gave me a shock
do you sell shock absorbers | my shock absorber is leaking | do you sell spark plugs | how do I change the spark plug
the spark plug is broken | Does the Spark charger fit my car | your ad sparked my interest | sparkling water
is the charger included | how do I replace a socket | do you sell sockets with switches | can sockets spark
what causes sparks in a fuse box | is it normal that a plug sparks | why do plugs spark when I pull them out
how do I connect the live wire | do you stock live wires | where is my fuse box | how do I read my meter
my meter is faulty | the electric bill gave me a shock | a shock to see my electricity bill
cable prices have come down | has the cable come down in price | how do I test my CO alarm
my CO alarm is beeping because the battery is low | do you sell CO alarms | carbon monoxide alarm price
what if my CO alarm is going off | does home insurance cover electric shocks | is being electrocuted covered
my skin tingles when I touch the cream | the screen has a touch switch | the arc of the story
what a shock to the system | I got a shock, my account was empty | the cable is too short | my charger is broken
the meter is going too fast | can I smell burning incense in the hotel | the sparks in our marriage are gone
my order of cables is stuck in the post | shock-proof phone case | electric shock collar for dogs
the dog collar gives an electric shock, is that legal | I felt shocked by your service
my phone charger sparked last week, I want a refund | a live stream on the wall | is the line live
is the show live if I touch the banner | wire transfer is down | the price of the wires has come down
the charger gives me 20% in an hour | your outlet store smells of burnt coffee
I got a shock when the charger arrived broken | 充电器充电到我手机上要多久 | got a shock from the wire fee
do you sell outlets | my internet cable is down | the app crackles on the speaker
the speaker cable crackles when I play music | a spark of hope | the live chat is down | coffee smells burnt
the meter box key | 漏电保护器多少钱 | 热水器会漏电吗 | 插座有漏电保护吗 | 怎么防止插座漏电 | 手机漏电快 | 被电话骚扰
被电信诈骗 | 被电商平台坑了 | 被电动车撞了 | 火花塞多少钱 | 充电线断了 | 耳机充电线裸露了能换吗 | 一氧化碳报警器多少钱
一氧化碳报警器怎么安装 | 一氧化碳报警器会响吗 | 一氧化碳报警器没电了一直响 | 触电身故赔吗 | 触电险 | 被她电到了
菜有焦味 | 电线多少钱一米 | 电线怎么接 | 擦出火花 | 碰撞出火花 | 被静电电了一下 | 我被电影感动了 | 电到了就充
手机掉在地上了 | 插座掉了怎么装 | 开关有火花正常吗 | 插座漏电能退货吗 | 烟雾报警器多少钱 | 空调漏电怎么赔 | 电线长度
空调电了吗 | 充电宝漏电 | 被电梯夹了
the CO alarm keeps beeping, has it expired? | my CO alarm is bleeping after the test
Get in touch when my smart meter is live | how do I get in touch to check that the switch is live
I got a shock from the meter when I saw the bill | I got an electric shock when I saw my statement
My meter gave me a shock, it says 300 pounds | power cables in the road are being replaced | your live line is down
power lines over the garden are ugly | 耳机电线掉了还能听课吗 | 插座冒火花是第几课讲的 | 付款的时候被电到期了提示
"""


@pytest.mark.parametrize("message", messages(DANGER))
def test_a_person_in_danger(message: str) -> None:
    assert TOPICS.topic_of(message) == "emergency"


@pytest.mark.parametrize("message", messages(NO_DANGER))
def test_no_emergency(message: str) -> None:
    assert TOPICS.topic_of(message) != "emergency"


class Emergencies:
    """Takes every message for an emergency, as the model by meaning may."""

    def topic_of(self, message: str) -> Topic | None:
        return "emergency"


@pytest.mark.parametrize(
    ("message", "by_rule"),
    [("I got mugged and I'm bleeding", "lost_card"), ("My phone died, please help, my mother has chest pains", None)],
)
def test_by_meaning_it_goes_before_what_a_rule_sees(message: str, by_rule: Topic | None) -> None:
    assert TOPICS.topic_of(message) == by_rule
    assert critical_topics(Emergencies()).topic_of(message) == "emergency"
    assert critical_topics(Emergencies()).topic_of("I want to kill myself") == "self_harm"


@pytest.mark.parametrize("message", ["chest of drawers", "shelf collapsed", "SOS button", "mild soap"])
def test_what_a_few_words_mean_is_not_asked(message: str) -> None:
    assert critical_topics(Emergencies()).topic_of(message) is None


@pytest.mark.parametrize("message", ["我老公昨天走咗", "my brother was shot dead last year"])
def test_who_mourns_a_past_death_is_in_no_danger(message: str) -> None:
    assert critical_topics(Emergencies()).topic_of(message) == "bereavement"
    assert critical_topics(Emergencies()).topic_of("my husband has died, he fell from the roof") == "emergency"


def test_who_wants_to_die_hears_of_that_first() -> None:
    assert TOPICS.topic_of("I took an overdose, call an ambulance") == "self_harm"
